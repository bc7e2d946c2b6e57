import { builder } from "../../graphql/builder.ts";
import { HISTORY_DAYS, readUsage, readUsageByDay, type UsageOfDay, type UsageToday } from "./read-usage.ts";

const UsageDay = builder.objectRef<UsageOfDay>("UsageDay").implement({
  description: "What a user has used on one day of their calendar.",
  fields: (t) => ({
    date: t.expose("date", { type: "Date", description: "Which day it was." }),
    messages: t.exposeInt("messages", { description: "Messages charged on that day." }),
    promptTokens: t.exposeInt("promptTokens", {
      description: "Tokens the model read for the replies, also in tries that failed.",
    }),
    replyTokens: t.exposeInt("replyTokens", { description: "Tokens the model wrote, with those that it thought." }),
  }),
});

const Usage = builder.objectRef<UsageToday>("Usage").implement({
  description: "What a user has sent today, and what the plan still allows.",
  fields: (t) => ({
    used: t.exposeInt("used", {
      description:
        "Messages charged today. What fails, or is blocked by the model's provider, is given back, for as many messages a day as the plan has; so is one that is stopped before its first text, once a day.",
    }),
    limit: t.exposeInt("limit", {
      nullable: true,
      description: "Messages a day that the plan includes; null for no limit.",
    }),
    remaining: t.exposeInt("remaining", { nullable: true, description: "Messages left today; null for no limit." }),
    resetsAt: t.expose("resetsAt", {
      type: "DateTime",
      description:
        "When the count starts anew: at midnight in the user's time zone. A day that has begun in another zone lasts as long as it would have there.",
    }),
    days: t.field({
      type: [UsageDay],
      description: `Today and the days before, the newest first: ${HISTORY_DAYS} of them, also those without use.`,
      resolve: ({ userId, day }, _args, { app }) => readUsageByDay(app, userId, day),
    }),
  }),
});

builder.prismaObjectField("User", "usage", (t) =>
  t.field({
    type: Usage,
    description: "What was sent today, and what is left of the plan.",
    select: { id: true },
    resolve: ({ id }, _args, { app }) => readUsage(app, id),
  }),
);
