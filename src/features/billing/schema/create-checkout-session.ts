import { builder } from "../../../graphql/builder.ts";
import type { Checkout } from "../../../platform/stripe/stripe.ts";
import { createCheckoutSession } from "../create-checkout-session.ts";

const CreateCheckoutSessionInput = builder.inputType("CreateCheckoutSessionInput", {
  description: "Where to come back to.",
  fields: (t) => ({
    returnPath: t.string({
      description:
        "A path of the app, such as /settings; `/` by default. `checkout=success` or `checkout=cancelled` is added to its query. Coming back proves nothing: the plan changes when Stripe confirms the payment.",
    }),
  }),
});

const CheckoutSession = builder.objectRef<Checkout>("CheckoutSession").implement({
  description: "A page of Stripe's on which the user subscribes to Pro.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Stripe's id of the session." }),
    url: t.exposeString("url", { description: "The page: send the person there." }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "When the page closes." }),
  }),
});

builder.mutationField("createCheckoutSession", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: CheckoutSession,
    description:
      "Opens a page of Stripe's to subscribe to Pro; while one is open, the same page again. Fails with `BILLING_DISABLED` where nothing is sold, with `BILLING_UNAVAILABLE` when Stripe refuses, and with `ALREADY_SUBSCRIBED` when the user has an active subscription.",
    args: { input: t.arg({ type: CreateCheckoutSessionInput, description: "Where to come back to." }) },
    resolve: (_root, { input }, { app, viewer }) => createCheckoutSession(app, viewer.userId, input),
  }),
);
