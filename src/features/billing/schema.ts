import { builder } from "../../graphql/builder.ts";
import type { Checkout } from "../../platform/stripe/stripe.ts";
import { createBillingPortalSession, type BillingPortal } from "./create-billing-portal-session.ts";
import { createCheckoutSession } from "./create-checkout-session.ts";
import { readSubscription, type PlanSubscription as Known } from "./read-subscription.ts";

const Plan = builder.enumType("Plan", {
  description: "What a user may use.",
  values: {
    BASIC: { description: "Free, with a few messages a day." },
    PRO: { description: "Paid through Stripe, or given by whoever runs the server." },
  } as const,
});

const SubscriptionStatus = builder.enumType("SubscriptionStatus", {
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

const PlanSubscription = builder.objectRef<Known>("PlanSubscription").implement({
  description: "A user's plan, and the subscription that pays for it.",
  fields: (t) => ({
    plan: t.expose("plan", { type: Plan, description: "The plan that holds now, for every device and process." }),
    status: t.expose("status", {
      type: SubscriptionStatus,
      nullable: true,
      description: "How the subscription stands; null for whoever never had one, also when Pro was given by hand.",
    }),
    currentPeriodEnd: t.expose("currentPeriodEnd", {
      type: "DateTime",
      nullable: true,
      description: "When the next payment is due, or when the subscription ends, if that is earlier.",
    }),
    cancelAtPeriodEnd: t.exposeBoolean("cancelAtPeriodEnd", {
      description: "Whether the subscription ends at `currentPeriodEnd`; until then it can be resumed in the portal.",
    }),
  }),
});

builder.prismaObjectField("User", "subscription", (t) =>
  t.field({
    type: PlanSubscription,
    description: "The plan and its subscription.",
    select: { id: true, plan: true },
    resolve: (user, _args, { app }) => readSubscription(app, user),
  }),
);

const CreateCheckoutSessionInput = builder.inputType("CreateCheckoutSessionInput", {
  description: "Where to come back to.",
  fields: (t) => ({
    returnPath: t.string({
      description:
        "A path of the app, such as /settings; `/` if nothing is said. `checkout=success` or `checkout=cancelled` is added to its query. Coming back proves nothing: the plan changes when Stripe says that it was paid.",
    }),
  }),
});

const CheckoutSession = builder.objectRef<Checkout>("CheckoutSession").implement({
  description: "A page of Stripe's on which the user subscribes to Pro.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Stripe's id of it." }),
    url: t.exposeString("url", { description: "The page: send the person there." }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "When the page closes." }),
  }),
});

const BillingPortalSession = builder.objectRef<BillingPortal>("BillingPortalSession").implement({
  description: "A page of Stripe's on which the user manages card, invoices and subscription.",
  fields: (t) => ({
    url: t.exposeString("url", { description: "The page: send the person there soon, as it closes after minutes." }),
  }),
});

builder.mutationFields((t) => ({
  createCheckoutSession: t.withAuth({ signedIn: true }).field({
    type: CheckoutSession,
    description:
      "Opens a page of Stripe's to subscribe to Pro; while one is open, the same page again. Fails with `BILLING_DISABLED` where nothing is sold, with `BILLING_UNAVAILABLE` when Stripe refuses, and with `ALREADY_SUBSCRIBED` for whoever has a subscription that goes on.",
    args: { input: t.arg({ type: CreateCheckoutSessionInput, description: "Where to come back to." }) },
    resolve: (_root, { input }, { app, viewer }) => createCheckoutSession(app, viewer.userId, input),
  }),
  createBillingPortalSession: t.withAuth({ signedIn: true }).field({
    type: BillingPortalSession,
    description:
      "Opens the page of Stripe's for card, invoices, cancelling and resuming. Fails with `BILLING_DISABLED`, with `BILLING_UNAVAILABLE` when Stripe refuses, and with `NOT_FOUND` for whoever has never begun a checkout.",
    resolve: (_root, _args, { app, viewer }) => createBillingPortalSession(app, viewer.userId),
  }),
}));
