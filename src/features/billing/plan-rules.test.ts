import { expect, test } from "vitest";
import type { SubscriptionStatus } from "../../generated/prisma/client.ts";
import { chooseSubscription, planOf } from "./plan-rules.ts";

const DAY_MS = 86_400_000;
const NOW = new Date("2026-03-01T12:00:00Z");
const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);

const plan = (
  status: SubscriptionStatus | null,
  { owedSince = null, grantedUntil = null }: { owedSince?: Date | null; grantedUntil?: Date | null } = {},
) => {
  const subscription = status && { status, pastDueSince: owedSince };
  return planOf({ subscription, proGrantedUntil: grantedUntil }, NOW, 7 * DAY_MS);
};

const BASIC = { plan: "BASIC", until: null };

test.each<[SubscriptionStatus | null, "PRO" | "BASIC"]>([
  [null, "BASIC"],
  ["INCOMPLETE", "BASIC"],
  ["INCOMPLETE_EXPIRED", "BASIC"],
  ["TRIALING", "PRO"],
  ["ACTIVE", "PRO"],
  ["CANCELED", "BASIC"],
  ["UNPAID", "BASIC"],
  ["PAUSED", "BASIC"],
])("%s means %s, until something happens", (status, expected) => {
  expect(plan(status)).toEqual({ plan: expected, until: null });
});

test("a payment that is owed leaves Pro for the grace, and not a moment longer", () => {
  expect(plan("PAST_DUE", { owedSince: inDays(-6) })).toEqual({ plan: "PRO", until: inDays(1) });
  expect(plan("PAST_DUE", { owedSince: inDays(-7) })).toEqual(BASIC);
  expect(plan("PAST_DUE")).toEqual(BASIC);
});

test("a grant gives Pro beside any subscription, until it ends", () => {
  for (const status of [null, "CANCELED", "UNPAID"] as const) {
    expect(plan(status, { grantedUntil: inDays(2) })).toEqual({ plan: "PRO", until: inDays(2) });
    expect(plan(status, { grantedUntil: NOW })).toEqual(BASIC);
  }
  expect(plan("ACTIVE", { grantedUntil: inDays(2) })).toEqual({ plan: "PRO", until: null });
  const owed = { owedSince: inDays(-6) };
  expect(plan("PAST_DUE", { ...owed, grantedUntil: inDays(2) })).toEqual({ plan: "PRO", until: inDays(2) });
  expect(plan("PAST_DUE", { ...owed, grantedUntil: inDays(0.5) })).toEqual({ plan: "PRO", until: inDays(1) });
});

test("of several subscriptions the one that pays counts, and of equal ones the newest", () => {
  const each = (status: SubscriptionStatus, day: number) => ({ status, createdAt: inDays(day) });
  expect(chooseSubscription([])).toBeUndefined();
  expect(chooseSubscription([each("CANCELED", 3), each("ACTIVE", 1)])).toEqual(each("ACTIVE", 1));
  expect(chooseSubscription([each("PAST_DUE", 3), each("TRIALING", 1)])).toEqual(each("TRIALING", 1));
  expect(chooseSubscription([each("CANCELED", 1), each("CANCELED", 2)])).toEqual(each("CANCELED", 2));
});
