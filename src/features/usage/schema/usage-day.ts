import { builder } from "../../../graphql/builder.ts";
import type { UsageOfDay } from "../read-usage.ts";

export const UsageDay = builder.objectRef<UsageOfDay>("UsageDay").implement({
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
