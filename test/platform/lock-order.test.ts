import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DeleteAccount, RefreshSession, SignOutEverywhere } from "../_support/account-documents.ts";
import { codeFor, codesOf, openDevice, type DeviceOf } from "../_support/accounts.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { CreateChatroom, VerifyOtp } from "../_support/documents.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

/** What may happen while an account is deleted that has much to delete. PostgreSQL itself says whether two got stuck. */

let colloquy: Colloquy;
let device: DeviceOf;
let messageId: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());
beforeEach(async () => {
  device = await openDevice(colloquy);
  ({ messageId } = await device.client.send(await device.client.createRoom(), "hello"));
});

async function deadlocks(): Promise<number> {
  const [row] = await colloquy.db.$queryRaw<[{ count: number }]>`
    SELECT "deadlocks"::int AS "count" FROM pg_stat_database WHERE "datname" = current_database()`;
  return row.count;
}

/** Resolves when so many wait for a lock. PostgreSQL tells nobody, so it is asked. */
async function whenWaiting(count: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const [row] = await colloquy.db.$queryRaw<[{ count: number }]>`
          SELECT count(*)::int AS "count" FROM pg_stat_activity
          WHERE "datname" = current_database() AND cardinality(pg_blocking_pids("pid")) > 0`;
        return row.count;
      },
      { interval: 10 },
    )
    .toBeGreaterThanOrEqual(count);
}

/** Begins to delete the account, holds it up at its messages until something else waits for it, and lets both end. */
async function whileDeleting<T>(other: () => Promise<T>): Promise<T> {
  const code = await codeFor(colloquy, device.phone, "SIGN_IN");
  const before = await deadlocks();
  const begun = await colloquy.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 AS "locked" FROM "Message" WHERE "id" = ${messageId}::uuid FOR UPDATE`;
    const deleting = device.client.ask(DeleteAccount, { input: { code } });
    await whenWaiting(1);
    const meanwhile = other();
    await whenWaiting(2);
    return { deleting, meanwhile };
  });
  expect(codesOf(await begun.deleting)).toEqual([]);
  const outcome = await begun.meanwhile;
  // PostgreSQL counts them a moment later.
  await colloquy.db.$queryRaw`SELECT pg_stat_force_next_flush()::text`;
  expect(await deadlocks()).toBe(before);
  expect(await colloquy.db.user.count({ where: { id: device.tokens.user.id } })).toBe(0);
  return outcome;
}

test("a code for signing in is void", async () => {
  const code = await codeFor(colloquy, device.phone, "SIGN_IN");
  // `whileDeleting` asks for another one, which both would spend.
  const input = { phone: device.phone, code };
  const answer = await whileDeleting(async () => {
    const sent = await colloquy.db.otpCode.findFirst({ where: { phone: device.phone } });
    expect(sent).not.toBeNull();
    return colloquy.client().ask(VerifyOtp, { input });
  });
  expect(codesOf(answer)).toEqual(["OTP_INVALID"]);
});

test("signing out everywhere waits, and finds nothing to end", async () => {
  const other = await openDevice(colloquy, device.phone);
  const { data } = await whileDeleting(() => other.client.ask(SignOutEverywhere));
  expect(data?.signOut).toBe(false);
});

test("a refresh token that comes again ends no session that is gone", async () => {
  const { refreshToken } = device.tokens;
  const nobody = colloquy.client();
  await nobody.request(RefreshSession, { refreshToken });
  await colloquy.db.spentRefreshToken.updateMany({ data: { spentAt: new Date(Date.now() - 3_600_000) } });
  const answer = await whileDeleting(() => nobody.ask(RefreshSession, { refreshToken }));
  expect(codesOf(answer)).toEqual(["UNAUTHENTICATED"]);
});

test("a new room belongs to nobody", async () => {
  const answer = await whileDeleting(() => device.client.ask(CreateChatroom, { input: { title: "late" } }));
  expect(codesOf(answer)).toEqual(["UNAUTHENTICATED"]);
});
