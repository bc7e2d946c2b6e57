import type { Stripe } from "stripe";
import { expect, test } from "vitest";
import { readSubscription } from "./subscriptions.ts";

const END = 1_800_000_000;

/** As Stripe sends it, with what is read of it. */
function subscription(changed: Record<string, unknown> = {}): Stripe.Subscription {
  const sent: unknown = {
    id: "sub_1",
    status: "active",
    created: END - 2_592_000,
    cancel_at: null,
    cancel_at_period_end: false,
    items: { data: [{ current_period_end: END }] },
    latest_invoice: { id: "in_1", status: "paid", created: END - 2_592_000 },
    ...changed,
  };
  return sent as Stripe.Subscription;
}

test("the period stands on the items, and ends with the last of them", () => {
  const items = { data: [{ current_period_end: END - 10 }, { current_period_end: END }] };
  expect(readSubscription(subscription({ items })).currentPeriodEnd).toEqual(new Date(END * 1000));
  expect(readSubscription(subscription({ items: { data: [] } })).currentPeriodEnd).toBeNull();
});

test("a cancellation at the period's end is a flag, or a time that is not later", () => {
  const cancels = (changed: object) => readSubscription(subscription({ ...changed })).cancelAtPeriodEnd;
  expect(cancels({})).toBe(false);
  expect(cancels({ cancel_at_period_end: true })).toBe(true);
  expect(cancels({ cancel_at: END })).toBe(true);
  expect(cancels({ cancel_at: END + 86_400 })).toBe(false);
});

test("a cancellation before the period's end is when it ends", () => {
  const ends = (cancelAt: number | null) => readSubscription(subscription({ cancel_at: cancelAt })).currentPeriodEnd;
  expect(ends(END - 86_400)).toEqual(new Date((END - 86_400) * 1000));
  for (const later of [null, END, END + 86_400]) expect(ends(later)).toEqual(new Date(END * 1000));
  expect(readSubscription(subscription({ cancel_at: END - 86_400 })).cancelAtPeriodEnd).toBe(true);
  expect(readSubscription(subscription({ cancel_at: END, items: { data: [] } })).currentPeriodEnd).toBeNull();
});

test("what is owed is an open invoice", () => {
  const owed = (latest: unknown) => readSubscription(subscription({ latest_invoice: latest })).owedSince;
  expect(owed({ status: "open", created: END })).toEqual(new Date(END * 1000));
  expect(owed({ status: "paid", created: END })).toBeNull();
  expect(owed("in_1")).toBeNull();
  expect(owed(null)).toBeNull();
});

test("a status that is not known is no guess", () => {
  expect(readSubscription(subscription({ status: "incomplete_expired" })).status).toBe("INCOMPLETE_EXPIRED");
  expect(() => readSubscription(subscription({ status: "suspended" }))).toThrow(
    "sub_1 has the unknown status suspended",
  );
});
