import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Config } from "../../config.ts";

const SealedOtp = z.object({
  phone: z.string(),
  purpose: z.enum(["SIGN_IN", "RESET_PASSWORD"]),
  code: z.string(),
  expiresAt: z.coerce.date(),
});
export type SealedOtp = z.infer<typeof SealedOtp>;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a code for its way through Redis (AES-256-GCM), which others may read or write to a disk. The key comes from
 * `OTP_WEBHOOK_SECRET`, which both ends have.
 */
export function sealOtp(config: Config, otp: SealedOtp): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(config), iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(otp), "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64url");
}

/** @throws {Error} for a code that was sealed with another secret, or changed */
export function openOtp(config: Config, sealed: string): SealedOtp {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(config), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  return SealedOtp.parse(JSON.parse(text.toString("utf8")));
}

const keyOf = (config: Config): Buffer =>
  Buffer.from(hkdfSync("sha256", config.otp.webhookSecret ?? "", "", "colloquy: codes on their way", 32));
