import type { AppContext } from "../../app-context.ts";
import { requireStripe } from "../billing/require-stripe.ts";
import { syncCustomer, type Synced } from "../billing/sync-customer.ts";
import { DomainError } from "../../errors.ts";

/**
 * Compares a user with Stripe now, instead of within a day.
 *
 * @throws {DomainError} `BILLING_DISABLED`; `NOT_FOUND` for a user who has never begun a checkout; `UNAVAILABLE`
 */
export async function syncUser(ctx: AppContext, userId: string): Promise<Synced> {
  const stripe = requireStripe(ctx);
  const customer = await ctx.db.stripeCustomer.findUnique({ where: { userId }, select: { id: true } });
  if (!customer) throw new DomainError("NOT_FOUND", "The user has never begun a checkout.");
  return syncCustomer(ctx, stripe, customer.id);
}
