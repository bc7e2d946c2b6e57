import type { AppContext } from "../../app-context.ts";

/** An expired code still answers with `OTP_EXPIRED` for this time, in milliseconds. */
const CODE_KEPT_MS = 3_600_000;
/** How long an ended or expired session is stored, in milliseconds. */
const SESSION_KEPT_MS = 86_400_000;
/** Rows deleted by one statement. */
const BATCH = 1_000;

/**
 * Deletes expired codes and ended sessions after `CODE_KEPT_MS` and `SESSION_KEPT_MS`. The security events keep what
 * the account needs of them; a token of a deleted session is still refused.
 *
 * @param signal asks it to end early
 */
export async function purgeEnded(ctx: AppContext, signal: AbortSignal): Promise<void> {
  const ago = (ms: number) => new Date(ctx.clock.now().getTime() - ms);
  const [codesBefore, sessionsBefore] = [ago(CODE_KEPT_MS), ago(SESSION_KEPT_MS)];
  await inBatches(
    signal,
    () => ctx.db.$executeRaw`
      DELETE FROM "OtpCode" WHERE ("phone", "purpose") IN (
        SELECT "phone", "purpose" FROM "OtpCode" WHERE "expiresAt" < ${codesBefore}
        LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
  );
  await inBatches(
    signal,
    () => ctx.db.$executeRaw`
      DELETE FROM "Session" WHERE "id" IN (
        SELECT "id" FROM "Session" WHERE "expiresAt" < ${sessionsBefore} OR "revokedAt" < ${sessionsBefore}
        LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
  );
}

async function inBatches(signal: AbortSignal, deleteBatch: () => Promise<number>): Promise<void> {
  let deleted: number;
  do deleted = await deleteBatch();
  while (deleted === BATCH && !signal.aborted);
}
