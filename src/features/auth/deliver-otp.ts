import type { AppContext } from "../../app-context.ts";
import { OtpRefused } from "../../platform/otp-delivery.ts";
import { backoff } from "../../platform/timing.ts";
import { openOtp, type SealedOtp } from "./sealed-otp.ts";

/** Waits between tries: about 1, 2, 4, 8, 15, 15 … seconds, some twenty tries in the lifetime of a code. */
const RETRY = { baseMs: 1_000, maxMs: 15_000 };

export type Delivery =
  | { kind: "delivered" }
  /** Try again at that time. */
  | { kind: "postponed"; until: Date }
  /** The code is void: it expired, was used, or a newer one was sent. */
  | { kind: "void" }
  /** The webhook refused it for good. */
  | { kind: "refused" };

/**
 * Posts a one-time password to the webhook, at least once.
 *
 * @param tries how many there have been, this one included
 */
export async function deliverOtp(ctx: AppContext, sealed: string, tries: number): Promise<Delivery> {
  const otp = openOtp(ctx.config, sealed);
  if (!(await isCurrent(ctx, otp))) return { kind: "void" };
  try {
    await ctx.otpDelivery.send({ phone: otp.phone, code: otp.code, expiresAt: otp.expiresAt });
    return { kind: "delivered" };
  } catch (error) {
    const final = error instanceof OtpRefused && !error.retryable;
    const until = new Date(ctx.clock.now().getTime() + backoff(tries, RETRY.baseMs, RETRY.maxMs));
    const kind = final ? "refused" : until < otp.expiresAt ? "postponed" : "void";
    ctx.logger[kind === "postponed" ? "warn" : "error"]({ err: error, tries }, "could not deliver a one-time password");
    return kind === "postponed" ? { kind, until } : { kind };
  }
}

/** Whether it is still the number's last code: a late old one would only confuse. */
async function isCurrent(ctx: AppContext, { phone, purpose, expiresAt }: SealedOtp): Promise<boolean> {
  if (expiresAt <= ctx.clock.now()) return false;
  const row = await ctx.db.otpCode.findUnique({ where: { phone_purpose: { phone, purpose } } });
  return row !== null && row.consumedAt === null && row.expiresAt.getTime() === expiresAt.getTime();
}
