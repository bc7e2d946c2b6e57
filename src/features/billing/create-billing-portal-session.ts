import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { requireStripe } from "./require-stripe.ts";
import { takeVisit } from "./visit-limits.ts";

export type BillingPortal = Readonly<{ url: string }>;

/**
 * Opens the page of Stripe's on which the user changes the card, sees the invoices, cancels and resumes.
 *
 * @throws {DomainError} `BILLING_DISABLED`; `NOT_FOUND` for a user who has never begun a checkout; `RATE_LIMITED`;
 *   `UNAVAILABLE` when Stripe or Redis is unavailable; `BILLING_UNAVAILABLE` when Stripe refuses
 */
export async function createBillingPortalSession(ctx: AppContext, userId: string): Promise<BillingPortal> {
  const stripe = requireStripe(ctx);
  await takeVisit(ctx, userId);
  const customer = await ctx.db.stripeCustomer.findFirst({ where: { userId, deletedAt: null }, select: { id: true } });
  if (!customer) throw new DomainError("NOT_FOUND", "There is nothing to manage: the user has never begun a checkout.");
  return { url: await stripe.createPortal(customer.id, ctx.config.http.appUrl) };
}
