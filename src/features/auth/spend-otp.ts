import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { OtpCode, OtpPurpose, Prisma } from "../../generated/prisma/client.ts";
import { plainDigits } from "../../platform/text/plain-digits.ts";
import type { Device } from "./device.ts";
import { noteFailedSignIn } from "./failed-sign-ins.ts";
import { hashOtp, OTP_MAX_TRIES } from "./otp-codes.ts";
import { countGuess } from "./otp-limits.ts";

/** In UTF-16 code units, with pasted surroundings. */
const MAX_LENGTH = 64;

/** A one-time password as people write it: in the digits of any script, with blanks or hyphens around them. */
export const OtpDigits = z
  .string()
  .max(MAX_LENGTH)
  .transform((text) => plainDigits(text).replace(/[ -]/g, ""))
  .refine((code) => /^\d{6}$/.test(code), "has six digits");

/** A code that was guessed right, and is not spent yet. */
export type RightGuess = Readonly<{ phone: string; purpose: OtpPurpose; codeHash: string }>;

type Guess = Readonly<{ phone: string; purpose: OtpPurpose; code: string }>;

/**
 * Compares a code with the one that was sent. A wrong one is noted as a failed sign-in.
 *
 * @param device where the guess comes from
 * @throws {DomainError} `OTP_INVALID`, `OTP_EXPIRED`; `RATE_LIMITED` when the address was wrong too often; `UNAVAILABLE`
 */
export async function guessOtp(ctx: AppContext, guess: Guess, device: Device): Promise<RightGuess> {
  try {
    return await countGuess(ctx, { phone: guess.phone, ip: device.ip }, () => compare(ctx, guess));
  } catch (error) {
    noteFailedSignIn(ctx, guess.phone, device, error);
    throw error;
  }
}

/** Counts the guess before looking at it, so that many at once cannot have more than one code has. */
async function compare(ctx: AppContext, guess: Guess): Promise<RightGuess> {
  const { phone, purpose } = guess;
  const [otp] = await ctx.db.$queryRaw<Pick<OtpCode, "codeHash" | "expiresAt">[]>`
    UPDATE "OtpCode" SET "tries" = "tries" + 1
    WHERE "phone" = ${phone} AND "purpose" = ${purpose}::"OtpPurpose" AND "consumedAt" IS NULL
      AND "tries" < ${OTP_MAX_TRIES}
    RETURNING "codeHash", "expiresAt"`;
  const given = hashOtp(ctx.config, guess);
  if (!otp || !timingSafeEqual(Buffer.from(otp.codeHash), Buffer.from(given))) throw new DomainError("OTP_INVALID");
  if (otp.expiresAt <= ctx.clock.now()) throw new DomainError("OTP_EXPIRED");
  return { phone, purpose, codeHash: otp.codeHash };
}

/**
 * Spends a code within the transaction that it authorises; of concurrent ones only one succeeds.
 *
 * @throws {DomainError} `OTP_INVALID` when it was spent in the meantime, or voided by a new one
 */
export async function spendOtp(ctx: AppContext, tx: Prisma.TransactionClient, guess: RightGuess): Promise<void> {
  const spent = await tx.otpCode.updateMany({
    where: { ...guess, consumedAt: null },
    data: { consumedAt: ctx.clock.now() },
  });
  if (spent.count === 0) throw new DomainError("OTP_INVALID");
}
