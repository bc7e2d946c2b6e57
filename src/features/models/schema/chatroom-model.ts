import { builder } from "../../../graphql/builder.ts";
import { resolveModel } from "../resolve-model.ts";
import { readSettings } from "../room-settings.ts";
import "./model.ts";
import { RoomSettings } from "./room-settings.ts";

builder.prismaObjectFields("Chatroom", (t) => ({
  model: t.field({
    type: "Model",
    description: "The model that answers in this room: the chosen one, its replacement, or the default of the day.",
    resolve: ({ model }, _args, { app }) => resolveModel(app, model),
  }),
  settings: t.field({
    type: RoomSettings,
    description: "The settings of this room's replies, unless a message has its own.",
    resolve: ({ settings }) => readSettings(settings),
  }),
}));
