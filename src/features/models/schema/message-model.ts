import { builder } from "../../../graphql/builder.ts";
import { readSettings } from "../room-settings.ts";
import { RoomSettings } from "./room-settings.ts";

builder.prismaObjectFields("Message", (t) => ({
  settings: t.field({
    type: RoomSettings,
    nullable: true,
    description: "What the model was asked for with this reply; null for a user's message, and where it is not known.",
    resolve: ({ settings }) => (settings === null ? null : readSettings(settings)),
  }),
}));
