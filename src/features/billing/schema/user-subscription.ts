import { builder } from "../../../graphql/builder.ts";
import { readSubscription } from "../read-subscription.ts";
import { PlanSubscription } from "./plan-subscription.ts";

builder.prismaObjectField("User", "subscription", (t) =>
  t.field({
    type: PlanSubscription,
    description: "The plan and its subscription.",
    select: { id: true, plan: true },
    resolve: (user, _args, { app }) => readSubscription(app, user),
  }),
);
