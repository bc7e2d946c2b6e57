import { builder } from "../../../graphql/builder.ts";
import { resolveModel } from "../resolve-model.ts";
import "./model.ts";

builder.prismaObjectField("Chatroom", "model", (t) =>
  t.field({
    type: "Model",
    description:
      "The model that answers in this room: the one that was chosen, what has replaced it since, or the default of the day.",
    resolve: ({ model }, _args, { app }) => resolveModel(app, model),
  }),
);
