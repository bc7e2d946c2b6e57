import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import type { Device } from "./device.ts";
import { assertUncommon, GivenPassword, NewPassword } from "./password-rules.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { recordSecurityEvent } from "./record-security-event.ts";
import { announceEnded, endSessions } from "./revoke-sessions.ts";
import { admitOwner } from "./sign-in-limits.ts";
import { guessOtp, OtpDigits, spendOtp, type RightGuess } from "./spend-otp.ts";
import type { Viewer } from "./viewer.ts";

const ChangePasswordInput = z.object({
  currentPassword: GivenPassword.nullish(),
  code: OtpDigits.nullish(),
  newPassword: NewPassword,
});

/** The age up to which a sign-in proves who the person is, in milliseconds: later the session may be in other hands. */
const FRESH_SIGN_IN_MS = 10 * 60_000;

/**
 * Sets the first password or a new one. All other sessions of the user end. The current password is the proof; without
 * one, a sign-in within `FRESH_SIGN_IN_MS` or a code for `RESET_PASSWORD`.
 *
 * @returns true
 * @throws {DomainError} `BAD_USER_INPUT`, also without the proof; `CREDENTIALS_INVALID` when the current password is
 *   wrong; `OTP_INVALID`, `OTP_EXPIRED`, `RATE_LIMITED`
 */
export async function changePassword(ctx: AppContext, viewer: Viewer, input: unknown, device: Device): Promise<true> {
  const { currentPassword, code, newPassword } = readInput(ChangePasswordInput, input);
  const user = await ctx.db.user.findUniqueOrThrow({ where: { id: viewer.userId } });
  const { id, passwordHash } = user;
  // Before the proof: a password that is refused must not cost a code.
  await assertUncommon(newPassword, user);
  const guess =
    passwordHash === null
      ? await proveFirst(ctx, viewer, { phone: user.phone, code: code ?? null }, device)
      : await confirmPassword(ctx, { id, passwordHash }, currentPassword ?? null, "currentPassword");
  const newHash = await hashPassword(newPassword);

  const ended = await transact(ctx.db, async (tx) => {
    if (guess) await spendOtp(ctx, tx, guess);
    // Of two concurrent changes the second fails, because the first has replaced the hash.
    const changed = await tx.user.updateMany({
      where: { id, passwordHash },
      data: { passwordHash: newHash, passwordSetAt: ctx.clock.now() },
    });
    if (changed.count === 0) throw new DomainError("CREDENTIALS_INVALID");
    await recordSecurityEvent(ctx, tx, id, "PASSWORD_CHANGED", device);
    return endSessions(ctx, tx, id, device, { except: viewer.sessionId });
  });
  await announceEnded(ctx, ended);
  return true;
}

/** @returns a code to spend; undefined when the session itself is proof enough */
async function proveFirst(
  ctx: AppContext,
  viewer: Viewer,
  { phone, code }: { phone: string; code: string | null },
  device: Device,
): Promise<RightGuess | undefined> {
  if (code !== null) return guessOtp(ctx, { phone, purpose: "RESET_PASSWORD", code }, device);
  const session = await ctx.db.session.findUnique({ where: { id: viewer.sessionId } });
  if (!session) throw new DomainError("UNAUTHENTICATED");
  if (ctx.clock.now().getTime() - session.createdAt.getTime() <= FRESH_SIGN_IN_MS) return undefined;
  throw missing("code", "must be given for a first password, or sign in again");
}

/** The error for a missing proof. */
export function missing(field: string, what = "must be given"): DomainError {
  const message = `${field}: ${what}`;
  return new DomainError("BAD_USER_INPUT", message, { field, issues: [{ field, message: what }] });
}

/**
 * Checks the current password of a signed-in user.
 *
 * @throws {DomainError} `BAD_USER_INPUT` naming `field` when there is none; `CREDENTIALS_INVALID`; `RATE_LIMITED`
 */
export async function confirmPassword(
  ctx: AppContext,
  user: { id: string; passwordHash: string | null },
  given: string | null,
  field: string,
): Promise<void> {
  if (given === null) throw missing(field);
  const wasRight = await admitOwner(ctx, user.id);
  if (!(await verifyPassword(user.passwordHash, given)))
    throw new DomainError("CREDENTIALS_INVALID", undefined, { field });
  ctx.runInBackground("give back a try at a password", wasRight());
}
