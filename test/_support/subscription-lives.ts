import type { Shop } from "./billing.ts";

/** What may happen to a subscription at Stripe. */
export const SUBSCRIPTION_LIVES: Readonly<Record<string, (shop: Shop, id: string) => void>> = {
  "pays late and goes on": ({ stripe: { account } }, id) => {
    account.failRenewal(id);
    account.payOwed(id);
  },
  "cancels, resumes, and is paused": ({ stripe: { account } }, id) => {
    account.cancelAtPeriodEnd(id, true);
    account.cancelAtPeriodEnd(id, false);
    account.setStatus(id, "paused", "customer.subscription.paused");
  },
  "owes, is reminded, and is cancelled": ({ stripe: { account } }, id) => {
    account.failRenewal(id, "payment_action_required");
    account.failRenewal(id);
    account.cancelNow(id);
  },
  "is paused and resumed": ({ stripe: { account } }, id) => {
    account.setStatus(id, "paused", "customer.subscription.paused");
    account.setStatus(id, "active", "customer.subscription.resumed");
  },
};
