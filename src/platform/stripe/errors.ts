import { DomainError } from "../../errors.ts";
import type { Logger } from "../logger.ts";

const RETRY_AFTER_S = 5;

/** Stripe cannot be reached, has a fault of its own, or is asked too often. */
export class StripeUnavailable extends DomainError {
  /**
   * Whether Stripe may have stored this answer for the call's idempotency key. Then it repeats the answer for 24 hours
   * (https://docs.stripe.com/api/idempotent_requests).
   */
  readonly keySpent: boolean;

  constructor(keySpent: boolean) {
    super("UNAVAILABLE", "Stripe cannot be reached for the moment.", { retryAfter: RETRY_AFTER_S });
    this.keySpent = keySpent;
  }
}

/** An error of Stripe's SDK, as far as it counts. */
type Fault = Error & { type: string; statusCode?: unknown; code?: unknown };

const isFault = (error: unknown): error is Fault =>
  error instanceof Error && "type" in error && typeof error.type === "string" && error.type.startsWith("Stripe");

/** Whether what a call names does not exist, in this account and mode of Stripe's. */
export const isMissing = (error: unknown): boolean => isFault(error) && error.code === "resource_missing";

/**
 * A passing fault becomes `StripeUnavailable`: no connection, a fault of Stripe's, too many calls, a running or
 * different call under the same key. Other errors stay as they are.
 */
export function mapUnavailable(error: unknown, logger: Logger): unknown {
  if (!isFault(error)) return error;
  const status = typeof error.statusCode === "number" ? error.statusCode : undefined;
  const otherCall = error.type === "StripeIdempotencyError";
  const noAnswer = status === undefined && (error.type === "StripeConnectionError" || error.type === "StripeAPIError");
  const passes = noAnswer || otherCall || (status !== undefined && (status >= 500 || status === 429 || status === 409));
  if (!passes) return error;
  logger.warn({ err: error }, "Stripe is unavailable");
  return new StripeUnavailable(otherCall || (status !== undefined && status >= 500));
}

/** What the operator should check. */
function hintFor({ type, code }: Fault): string {
  if (type === "StripeAuthenticationError") return "STRIPE_SECRET_KEY is not valid, or not any more";
  if (type === "StripePermissionError") return "STRIPE_SECRET_KEY may not do this";
  if (code === "resource_missing") return "is STRIPE_PRO_PRICE_ID a price of this account and mode?";
  return "see Stripe's message: the price, its currency, or the portal's settings do not allow it";
}

/**
 * A refusal of Stripe's becomes `BILLING_UNAVAILABLE`: a user can do nothing about it and sees no settings; the log
 * informs the operator.
 */
export function mapRefusal(error: unknown, logger: Logger): unknown {
  if (!isFault(error)) return error;
  logger.error({ err: error, hint: hintFor(error) }, "Stripe refuses what Colloquy asks for");
  return new DomainError("BILLING_UNAVAILABLE");
}
