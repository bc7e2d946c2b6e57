import { createHash } from "node:crypto";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { readInput } from "../../platform/input.ts";
import type { Checkout, StripeApi } from "../../platform/stripe/stripe.ts";
import { ensureCustomer } from "./ensure-customer.ts";
import { makeOnce } from "./make-once.ts";
import { isRunning } from "./plan-rules.ts";
import { requireStripe } from "./require-stripe.ts";
import { takeVisit } from "./visit-limits.ts";

const MAX_PATH_LENGTH = 500;

/** A path below the app's own address: with two slashes, or a backslash, it would lead to another site. */
const ReturnPath = z
  .string()
  .max(MAX_PATH_LENGTH)
  .regex(/^\/(?![/\\])[^\s\\]*$/, "must be a path such as /settings");
const CreateCheckoutSessionInput = z.object({ returnPath: ReturnPath.nullish() });

/** A checkout that closes sooner than that is not handed out again, in milliseconds. */
const MIN_LIFE_MS = 10 * 60_000;

/**
 * Opens a page of Stripe's on which the user subscribes to Pro. Only one is open at a time: a second call returns the
 * same page, so nobody pays twice in two tabs.
 *
 * @throws {DomainError} `BILLING_DISABLED`; `ALREADY_SUBSCRIBED`; `BAD_USER_INPUT`; `RATE_LIMITED`; `UNAVAILABLE`
 *   when Stripe or Redis is unavailable; `BILLING_UNAVAILABLE` when Stripe refuses
 */
export async function createCheckoutSession(ctx: AppContext, userId: string, input: unknown): Promise<Checkout> {
  const stripe = requireStripe(ctx);
  const { returnPath } = readInput(CreateCheckoutSessionInput, input ?? {});
  await takeVisit(ctx, userId);
  const customerId = await ensureCustomer(ctx, stripe, userId);
  const subscription = await ctx.db.subscription.findUnique({ where: { userId }, select: { status: true } });
  if (subscription && isRunning(subscription.status)) throw new DomainError("ALREADY_SUBSCRIBED");

  const successUrl = addressOf(ctx, returnPath ?? "/", "success");
  const cancelUrl = addressOf(ctx, returnPath ?? "/", "cancelled");
  const last = await stripe.readLastCheckout(customerId);
  if (last?.open) {
    if (isReusable(ctx, last.open, successUrl)) return last.open;
    await close(stripe, last.id);
  }
  const wanted = { customerId, userId, successUrl, cancelUrl };
  // Calls at once have all seen the same last checkout, and so get the same new one.
  return makeOnce(ctx, `checkout:${hash([wanted, priceOf(ctx), last?.id ?? "first"])}`, {
    // It would be the last one.
    find: async () => null,
    make: (idempotencyKey) => stripe.createCheckout({ ...wanted, idempotencyKey }),
  });
}

function addressOf({ config }: AppContext, path: string, checkout: "success" | "cancelled"): string {
  const url = new URL(path, config.http.appUrl);
  url.searchParams.set("checkout", checkout);
  return url.href;
}

function isReusable(
  ctx: AppContext,
  open: { expiresAt: Date; successUrl: string; priceId: string },
  successUrl: string,
): boolean {
  const left = open.expiresAt.getTime() - ctx.clock.now().getTime();
  return left > MIN_LIFE_MS && open.successUrl === successUrl && open.priceId === priceOf(ctx);
}

/** The previous page must not be paid. Stripe refuses to close one that is being paid right now. */
async function close(stripe: StripeApi, checkoutId: string): Promise<void> {
  try {
    await stripe.expireCheckout(checkoutId);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError("UNAVAILABLE", "Another checkout is about to complete.", { retryAfter: 2 });
  }
}

const priceOf = ({ config }: AppContext): string | undefined => config.stripe?.proPriceId;

const hash = (parts: unknown): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
