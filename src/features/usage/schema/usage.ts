import { builder } from "../../../graphql/builder.ts";
import { HISTORY_DAYS, readUsageByDay, type UsageToday } from "../read-usage.ts";
import { UsageDay } from "./usage-day.ts";

export const Usage = builder.objectRef<UsageToday>("Usage").implement({
  description: "What a user has sent today, and what the plan still allows.",
  fields: (t) => ({
    used: t.exposeInt("used", {
      description:
        "Messages charged today. A message whose reply fails, or is blocked by the model's provider, is refunded, for at most as many messages a day as the plan has; so is one that is stopped before its first text, once a day.",
    }),
    limit: t.exposeInt("limit", {
      nullable: true,
      description: "Messages a day that the plan includes; null for no limit.",
    }),
    remaining: t.exposeInt("remaining", { nullable: true, description: "Messages left today; null for no limit." }),
    resetsAt: t.expose("resetsAt", {
      type: "DateTime",
      description:
        "When the count restarts: at midnight in the user's time zone. A day that began in another zone lasts as long as it would have there.",
    }),
    days: t.field({
      type: [UsageDay],
      description: `Today and the days before, the newest first: ${HISTORY_DAYS} of them, also those without use.`,
      resolve: ({ userId, day }, _args, { app }) => readUsageByDay(app, userId, day),
    }),
  }),
});
