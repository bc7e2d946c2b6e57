import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";

export const TokenCounts = builder.objectRef<Message>("TokenCounts").implement({
  description: "Tokens of a reply as the model's provider counts them; null where it does not.",
  fields: (t) => ({
    prompt: t.exposeInt("promptTokens", {
      nullable: true,
      description: "What the model read: the whole conversation.",
    }),
    cached: t.exposeInt("cachedTokens", {
      nullable: true,
      description: "What of the prompt came from the provider's cache, which costs less.",
    }),
    thoughts: t.exposeInt("thoughtTokens", { nullable: true, description: "What the model thought, which is billed." }),
    tools: t.exposeInt("toolTokens", {
      nullable: true,
      description: "What tools such as the search gave the model to read, which is billed; not in `prompt`.",
    }),
    reply: t.exposeInt("replyTokens", { nullable: true, description: "What the model wrote, without its thoughts." }),
  }),
});
