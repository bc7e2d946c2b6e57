import { builder } from "../../../graphql/builder.ts";
import { resolveModel } from "../resolve-model.ts";
import { ModelTool, ThinkingLevel } from "./model-enums.ts";

const ModelType = builder.objectType("Model", {
  description: "A model that writes replies.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the model, as its provider names it." }),
    label: t.exposeString("label", { description: "The name to show to people." }),
    description: t.string({
      nullable: true,
      description: "What it is good for, in a sentence.",
      resolve: ({ description }) => description ?? null,
    }),
    contextTokens: t.exposeInt("contextTokens", {
      description: "Tokens of a conversation that the model can read at most. The server sends fewer.",
    }),
    maxReplyTokens: t.exposeInt("maxReplyTokens", { description: "Tokens that a reply can have at most." }),
    thinkingLevels: t.expose("thinkingLevels", {
      type: [ThinkingLevel],
      description: "The levels that `RoomSettings.thinking` may have with it; empty if it takes none.",
    }),
    tools: t.expose("tools", { type: [ModelTool], description: "What it may use while it answers." }),
    plans: t.expose("plans", { type: ["Plan"], description: "The plans that cover it." }),
    isDefault: t.boolean({
      description: "Whether it answers in rooms that choose no model.",
      resolve: ({ id }, _args, { app }) => resolveModel(app, null).id === id,
    }),
    retiresAt: t.field({
      type: "Date",
      nullable: true,
      description: "The day, in UTC, from which on `replacedBy` answers for it; null while none is known.",
      resolve: ({ retiresAt }) => retiresAt ?? null,
    }),
  }),
});

// It refers to itself.
builder.objectField(ModelType, "replacedBy", (t) =>
  t.field({
    type: ModelType,
    nullable: true,
    description: "The model that answers for it once it has retired; null where that is the default of the day.",
    resolve: ({ replacedBy }, _args, { app }) =>
      (replacedBy === undefined ? undefined : app.config.models.models.get(replacedBy)) ?? null,
  }),
);
