import { builder } from "../graphql/builder.ts";
import { readUsage, type UsageToday } from "./read-usage.ts";

const Usage = builder.objectRef<UsageToday>("Usage").implement({
  description: "What a user has sent today (UTC), and what the plan still allows.",
  fields: (t) => ({
    used: t.exposeInt("used", { description: "Messages charged today." }),
    limit: t.exposeInt("limit", {
      nullable: true,
      description: "Messages a day that the plan includes; null for no limit.",
    }),
    remaining: t.exposeInt("remaining", { nullable: true, description: "Messages left today; null for no limit." }),
    resetsAt: t.expose("resetsAt", { type: "DateTime", description: "When the count starts anew." }),
  }),
});

builder.prismaObjectField("User", "usage", (t) =>
  t.field({
    type: Usage,
    description: "What was sent today, and what is left of the plan.",
    select: { id: true, plan: true },
    resolve: (user, _args, { app }) => readUsage(app, user),
  }),
);
