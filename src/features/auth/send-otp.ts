import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { readInput } from "../../platform/input.ts";
import { deliverOtpJob } from "./jobs.ts";
import { takeOtpSend } from "./otp-limits.ts";
import { createOtp, hashOtp, otpJobId, OTP_RESEND_MS, OTP_TTL_MS } from "./otp-codes.ts";
import { countryOf, Phone } from "./phone.ts";
import { sealOtp, type SealedOtp } from "./sealed-otp.ts";

const SendOtpInput = z.object({ phone: Phone, purpose: z.enum(["SIGN_IN", "RESET_PASSWORD"]) });

export type OtpChallenge = Readonly<{ expiresAt: Date; resendAt: Date; code: string | null }>;

/**
 * Sends a one-time password to a phone; the previous one becomes void. Known and unknown numbers answer alike.
 *
 * @param ip the requesting address
 * @throws {DomainError} `BAD_USER_INPUT`, also for a country that is not served; `RATE_LIMITED` when the last code is
 *   younger than `OTP_RESEND_MS`, or when too many were sent to the number, its range or its country, for the address,
 *   or in total; `UNAVAILABLE` when it could not be counted or enqueued
 */
export async function sendOtp(ctx: AppContext, input: unknown, ip: string | null): Promise<OtpChallenge> {
  const { phone, purpose } = readInput(SendOtpInput, input);
  assertServed(ctx, phone);
  const giveBack = await takeOtpSend(ctx, phone, ip);
  const now = ctx.clock.now();
  const expiresAt = new Date(now.getTime() + OTP_TTL_MS);
  const code = createOtp();
  const codeHash = hashOtp(ctx.config, { phone, purpose, code });
  const resendMs = ctx.config.otp.unlimited ? 0 : OTP_RESEND_MS;
  const latestBefore = new Date(now.getTime() - resendMs);

  const stored = await ctx.db.$executeRaw`
    INSERT INTO "OtpCode" ("phone", "purpose", "codeHash", "sentAt", "expiresAt")
    VALUES (${phone}, ${purpose}::"OtpPurpose", ${codeHash}, ${now}, ${expiresAt})
    ON CONFLICT ("phone", "purpose") DO UPDATE
      SET "codeHash" = excluded."codeHash", "sentAt" = excluded."sentAt", "expiresAt" = excluded."expiresAt",
          "tries" = 0, "consumedAt" = NULL
      WHERE "OtpCode"."sentAt" <= ${latestBefore}`;
  if (stored === 0) {
    await giveBack();
    throw await tooSoon(ctx, phone, purpose, now);
  }

  await deliver(ctx, { phone, purpose, code, expiresAt });
  const resendAt = new Date(now.getTime() + resendMs);
  return { expiresAt, resendAt, code: ctx.otpDelivery.inResponse ? code : null };
}

/** Existing users of a country that is no longer served still sign in by password. */
function assertServed({ config }: AppContext, phone: string): void {
  const { countries } = config.otp;
  const country = countryOf(phone);
  if (countries.length === 0 || (country !== null && countries.includes(country))) return;
  const message = "phone: no codes are sent to numbers of this country";
  throw new DomainError("BAD_USER_INPUT", message, { field: "phone", issues: [{ field: "phone", message }] });
}

/** A code that was not delivered still counts as sent: a number's limit protects a provider in trouble as well. */
async function deliver(ctx: AppContext, otp: SealedOtp): Promise<void> {
  if (!ctx.otpDelivery.queued) return ctx.otpDelivery.send(otp);
  const queued = await ctx.queue.add(deliverOtpJob, [
    { id: otpJobId(ctx.config, otp), data: { sealed: sealOtp(ctx.config, otp) } },
  ]);
  if (queued) return;
  ctx.logger.error("could not enqueue a one-time password");
  throw new DomainError("UNAVAILABLE", "The code could not be sent.", { retryAfter: OTP_RESEND_MS / 1000 });
}

async function tooSoon(
  ctx: AppContext,
  phone: string,
  purpose: "SIGN_IN" | "RESET_PASSWORD",
  now: Date,
): Promise<DomainError> {
  const last = await ctx.db.otpCode.findUnique({ where: { phone_purpose: { phone, purpose } } });
  // Another process, or its clock, may be a little ahead.
  const age = Math.max(0, now.getTime() - (last?.sentAt.getTime() ?? now.getTime()));
  return new DomainError("RATE_LIMITED", "A code was sent a moment ago.", {
    retryAfter: Math.max(1, Math.ceil((OTP_RESEND_MS - age) / 1000)),
  });
}
