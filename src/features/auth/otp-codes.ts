import { createHmac, randomInt } from "node:crypto";
import { v5 as uuidv5 } from "uuid";
import type { Config } from "../../config.ts";
import type { OtpPurpose } from "../../generated/prisma/client.ts";

/** How long a code can be used, in milliseconds. */
export const OTP_TTL_MS = 5 * 60_000;
/** How long to wait between two codes for one number, in milliseconds. */
export const OTP_RESEND_MS = 30_000;
/** Guesses a code survives. With 10^6 codes, five of them find one in 200,000. */
export const OTP_MAX_TRIES = 5;

/** Six digits from the system's secure generator. */
export const createOtp = (): string => String(randomInt(0, 1_000_000)).padStart(6, "0");

/** A keyed hash: the table alone does not reveal six digits. */
export function hashOtp(config: Config, otp: { phone: string; purpose: OtpPurpose; code: string }): string {
  const key = createHmac("sha256", config.auth.jwtSecret).update("otp").digest();
  return createHmac("sha256", key).update(`${otp.purpose}:${otp.phone}:${otp.code}`).digest("base64url");
}

/** The id of the job that delivers a code: computed from the code's row, and it does not reveal the number. */
export const otpJobId = (config: Config, otp: { phone: string; purpose: OtpPurpose; expiresAt: Date }): string =>
  uuidv5(hashOtp(config, { ...otp, code: `until ${otp.expiresAt.getTime()}` }), uuidv5.URL);
