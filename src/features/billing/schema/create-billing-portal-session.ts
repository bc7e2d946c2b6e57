import { builder } from "../../../graphql/builder.ts";
import { createBillingPortalSession, type BillingPortal } from "../create-billing-portal-session.ts";

const BillingPortalSession = builder.objectRef<BillingPortal>("BillingPortalSession").implement({
  description: "A page of Stripe's on which the user manages card, invoices and subscription.",
  fields: (t) => ({
    url: t.exposeString("url", { description: "The page: send the person there soon, as it closes after minutes." }),
  }),
});

builder.mutationField("createBillingPortalSession", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: BillingPortalSession,
    description:
      "Opens the page of Stripe's for card, invoices, cancelling and resuming. Fails with `BILLING_DISABLED`, with `BILLING_UNAVAILABLE` when Stripe refuses, and with `NOT_FOUND` when the user has never begun a checkout.",
    resolve: (_root, _args, { app, viewer }) => createBillingPortalSession(app, viewer.userId),
  }),
);
