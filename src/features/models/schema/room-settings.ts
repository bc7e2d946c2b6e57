import { builder } from "../../../graphql/builder.ts";
import { ThinkingLevel } from "./model-enums.ts";

export const RoomSettings = builder.objectType("RoomSettings", {
  description: "What the model is asked for beside the conversation.",
  fields: (t) => ({
    thinking: t.expose("thinking", {
      type: ThinkingLevel,
      nullable: true,
      description: "How long the model thinks; null for what it does by itself.",
    }),
    showThoughts: t.exposeBoolean("showThoughts", {
      description: "Whether the model sends a summary of its thoughts along.",
    }),
    search: t.exposeBoolean("search", {
      description: "Whether the model may search the web, and read pages whose address it was given.",
    }),
    codeExecution: t.exposeBoolean("codeExecution", { description: "Whether the model may run code." }),
    maxReplyTokens: t.exposeInt("maxReplyTokens", {
      nullable: true,
      description: "The longest reply, in tokens, thoughts included; null for the model's own limit.",
    }),
  }),
});

builder.inputType("RoomSettingsInput", {
  description:
    "Settings to change: omitted ones stay as they are, null means the default. A setting that the model lacks is refused with `UNSUPPORTED`.",
  fields: (t) => ({
    thinking: t.field({ type: ThinkingLevel, description: "How long the model thinks: one of its `thinkingLevels`." }),
    showThoughts: t.boolean({ description: "Whether the model sends a summary of its thoughts along." }),
    search: t.boolean({ description: "Whether the model may search the web." }),
    codeExecution: t.boolean({ description: "Whether the model may run code." }),
    maxReplyTokens: t.int({ description: "The longest reply, in tokens: from 1 to the model's `maxReplyTokens`." }),
  }),
});
