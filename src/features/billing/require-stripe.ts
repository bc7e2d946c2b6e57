import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { StripeApi } from "../../platform/stripe/stripe.ts";

/** @throws {DomainError} `BILLING_DISABLED` where nothing is sold */
export function requireStripe({ stripe }: Pick<AppContext, "stripe">): StripeApi {
  if (!stripe) throw new DomainError("BILLING_DISABLED");
  return stripe;
}
