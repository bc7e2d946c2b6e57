import { builder } from "../../../graphql/builder.ts";

export const Plan = builder.enumType("Plan", {
  description: "What a user may use.",
  values: {
    BASIC: { description: "Free, with a few messages a day." },
    PRO: { description: "Paid through Stripe, or granted by the server's operator." },
  } as const,
});

export const SubscriptionStatus = builder.enumType("SubscriptionStatus", {
  description: "The state of a subscription at Stripe.",
  values: {
    INCOMPLETE: { description: "The first payment has not succeeded yet." },
    INCOMPLETE_EXPIRED: { description: "The first payment never succeeded." },
    TRIALING: { description: "In a trial: Pro." },
    ACTIVE: { description: "Paid and continuing: Pro." },
    PAST_DUE: { description: "A payment failed and is retried: Pro for a grace period, then Basic." },
    CANCELED: { description: "Ended permanently; a new one can be started." },
    UNPAID: { description: "A payment failed permanently, and Stripe tries no more." },
    PAUSED: { description: "Paused: nothing is charged, and Basic holds until it is resumed." },
  } as const,
});
