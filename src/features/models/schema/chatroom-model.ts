import { builder } from "../../../graphql/builder.ts";
import { resolveModel } from "../resolve-model.ts";
import { readSettings } from "../room-settings.ts";
import "./model.ts";
import { RoomSettings } from "./room-settings.ts";

builder.prismaObjectFields("Chatroom", (t) => ({
  model: t.field({
    type: "Model",
    description:
      "The model that answers in this room: the one that was chosen, what has replaced it since, or the default of the day.",
    resolve: ({ model }, _args, { app }) => resolveModel(app, model),
  }),
  settings: t.field({
    type: RoomSettings,
    description: "What the model is asked for in this room, unless a message says otherwise.",
    resolve: ({ settings }) => readSettings(settings),
  }),
}));
