import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { announceAccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import type { Device } from "./device.ts";
import { openSession, type SignedIn } from "./open-session.ts";
import { PersonName } from "./person-name.ts";
import { Phone } from "./phone.ts";
import { guessOtp, OtpDigits, spendOtp } from "./spend-otp.ts";

const VerifyOtpInput = z.object({ phone: Phone, code: OtpDigits, name: PersonName.nullish() });

/**
 * Signs in with a one-time password. The first time a number does so its user is created.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `OTP_INVALID`, `OTP_EXPIRED`; `RATE_LIMITED` when the address was wrong too often
 */
export async function verifyOtp(ctx: AppContext, input: unknown, device: Device): Promise<SignedIn> {
  const { phone, code, name } = readInput(VerifyOtpInput, input);
  const guess = await guessOtp(ctx, { phone, purpose: "SIGN_IN", code }, device);
  const { signedIn, change } = await transact(ctx.db, async (tx) => {
    await spendOtp(ctx, tx, guess);
    const user = await tx.user.upsert({
      where: { phone },
      create: { id: uuidv7(), phone, name: name ?? null },
      update: {},
    });
    return openSession(ctx, tx, user, device);
  });
  ctx.runInBackground("announce a session", announceAccountChange(ctx, change));
  return signedIn;
}
