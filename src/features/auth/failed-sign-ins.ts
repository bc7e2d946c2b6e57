import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { deviceColumns, type Device } from "./device.ts";
import { EVENT_KEPT_MS } from "./record-security-event.ts";

/** Failed sign-ins stored for an account: strangers cause them, and must not fill the table. */
const MAX_FAILURES = 100;
/** Rows moved by one statement. */
const BATCH = 500;

/**
 * Records a failed sign-in with a number. A worker checks later whether the number has an account: the response time
 * must not reveal it.
 *
 * @param error why it failed; only a wrong code or password counts
 */
export function noteFailedSignIn(ctx: AppContext, phone: string, device: Device, error: unknown): void {
  const wrong = error instanceof DomainError && (error.code === "OTP_INVALID" || error.code === "CREDENTIALS_INVALID");
  if (!wrong) return;
  const data = { id: uuidv7(), phone, ...deviceColumns(device), createdAt: ctx.clock.now() };
  ctx.runInBackground("note a failed sign-in", ctx.db.failedSignIn.create({ data }));
}

/**
 * Moves failed sign-ins into the security events of their accounts, and deletes those of unknown numbers.
 *
 * @param signal asks it to end early
 */
export async function settleFailedSignIns(ctx: AppContext, signal: AbortSignal): Promise<void> {
  let taken = 0;
  do {
    const [settled] = await ctx.db.$queryRaw<{ taken: number; userIds: string[] }[]>`
      WITH "taken" AS (
        DELETE FROM "FailedSignIn" WHERE "id" IN (
          SELECT "id" FROM "FailedSignIn" ORDER BY "id" LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
        RETURNING "id", "phone", "userAgent", "ip", "createdAt"
      ), "noted" AS (
        INSERT INTO "SecurityEvent" ("id", "userId", "kind", "userAgent", "ip", "createdAt")
        SELECT "taken"."id", "user"."id", 'SIGN_IN_FAILED', "taken"."userAgent", "taken"."ip", "taken"."createdAt"
        FROM "taken" JOIN "User" "user" ON "user"."phone" = "taken"."phone"
        RETURNING "userId"
      )
      SELECT (SELECT count(*) FROM "taken")::int AS "taken", ARRAY(SELECT DISTINCT "userId"::text FROM "noted") AS "userIds"`;
    taken = settled?.taken ?? 0;
    if (settled && settled.userIds.length > 0) await dropSurplus(ctx, settled.userIds);
  } while (taken === BATCH && !signal.aborted);
}

async function dropSurplus(ctx: AppContext, userIds: readonly string[]): Promise<void> {
  const tooOld = new Date(ctx.clock.now().getTime() - EVENT_KEPT_MS);
  await ctx.db.$executeRaw`
    WITH "account" AS (
      SELECT "id" AS "userId", (
        SELECT "event"."id" FROM "SecurityEvent" "event" WHERE "event"."userId" = "user"."id" AND "kind" = 'SIGN_IN_FAILED'
        ORDER BY "event"."id" DESC OFFSET ${MAX_FAILURES} LIMIT 1) AS "surplus"
      FROM unnest(${userIds}::uuid[]) AS "user" ("id")
    )
    DELETE FROM "SecurityEvent" "event" USING "account" WHERE "event"."userId" = "account"."userId"
      AND ("event"."createdAt" < ${tooOld} OR "event"."kind" = 'SIGN_IN_FAILED' AND "event"."id" <= "account"."surplus")`;
}
