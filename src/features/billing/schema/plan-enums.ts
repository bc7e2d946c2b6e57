import { builder } from "../../../graphql/builder.ts";

export const Plan = builder.enumType("Plan", {
  description: "What a user may use.",
  values: {
    BASIC: { description: "Free, with a few messages a day." },
    PRO: { description: "Paid through Stripe, or granted by the server's operator." },
  } as const,
});

export const SubscriptionStatus = builder.enumType("SubscriptionStatus", {
  description: "How a subscription at Stripe stands.",
  values: {
    INCOMPLETE: { description: "The first payment has not succeeded yet." },
    INCOMPLETE_EXPIRED: { description: "The first payment never succeeded." },
    TRIALING: { description: "In a trial: Pro." },
    ACTIVE: { description: "Paid for, and going on: Pro." },
    PAST_DUE: { description: "A payment failed, and is tried again: Pro for a grace time, then Basic." },
    CANCELED: { description: "Over for good; another one can be begun." },
    UNPAID: { description: "A payment failed for good, and nothing is tried any more." },
    PAUSED: { description: "Paused: nothing is charged, and Basic holds until it is resumed." },
  } as const,
});
