import { z } from "zod";
import { announceAccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import type { Device } from "./device.ts";
import { openSession, type SignedIn } from "./open-session.ts";
import { assertUncommon, NewPassword } from "./password-rules.ts";
import { hashPassword } from "./passwords.ts";
import { Phone } from "./phone.ts";
import { recordSecurityEvent } from "./record-security-event.ts";
import { announceEnded, endSessions } from "./revoke-sessions.ts";
import { guessOtp, OtpDigits, spendOtp } from "./spend-otp.ts";

const ResetPasswordInput = z.object({ phone: Phone, code: OtpDigits, newPassword: NewPassword });

/**
 * Sets a password with a one-time password sent for that purpose. All sessions of the user end, and a new one begins.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `OTP_INVALID`, `OTP_EXPIRED`; `NOT_FOUND` when the number has no account
 */
export async function resetPassword(ctx: AppContext, input: unknown, device: Device): Promise<SignedIn> {
  const { phone, code, newPassword } = readInput(ResetPasswordInput, input);
  // Before the code is looked at: a password that will not do must not cost one.
  await assertUncommon(newPassword, { phone, name: null });
  const guess = await guessOtp(ctx, { phone, purpose: "RESET_PASSWORD", code }, device);
  const passwordHash = await hashPassword(newPassword);

  const { ended, opened } = await transact(ctx.db, async (tx) => {
    await spendOtp(ctx, tx, guess);
    const [user] = await tx.user.updateManyAndReturn({
      where: { phone },
      data: { passwordHash, passwordSetAt: ctx.clock.now() },
    });
    if (!user) throw new DomainError("NOT_FOUND", "No account has this number.");
    await recordSecurityEvent(ctx, tx, user.id, "PASSWORD_RESET", device);
    return {
      ended: await endSessions(ctx, tx, user.id, device),
      opened: await openSession(ctx, tx, user, device),
    };
  });
  await announceEnded(ctx, ended);
  ctx.runInBackground("announce a session", announceAccountChange(ctx, opened.change));
  return opened.signedIn;
}
