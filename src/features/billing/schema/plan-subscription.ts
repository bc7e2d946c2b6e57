import { builder } from "../../../graphql/builder.ts";
import type { PlanSubscription as Known } from "../read-subscription.ts";
import { Plan, SubscriptionStatus } from "./plan-enums.ts";

export const PlanSubscription = builder.objectRef<Known>("PlanSubscription").implement({
  description: "A user's plan, and the subscription that pays for it.",
  fields: (t) => ({
    plan: t.expose("plan", { type: Plan, description: "The present plan, on every device and process." }),
    status: t.expose("status", {
      type: SubscriptionStatus,
      nullable: true,
      description: "The state of the subscription; null when there was never one, also when Pro was granted by hand.",
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
