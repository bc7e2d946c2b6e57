import { builder } from "../../../graphql/builder.ts";
import { readSettings } from "../room-settings.ts";
import { RoomSettings } from "./room-settings.ts";

builder.prismaObjectFields("Message", (t) => ({
  settings: t.field({
    type: RoomSettings,
    nullable: true,
    description:
      "What the model was asked for with this reply, or is to be asked for with this queued message; null for any other message of the user, and where it is not known.",
    resolve: ({ settings }) => (settings === null ? null : readSettings(settings)),
  }),
  fallbackFrom: t.field({
    type: "Model",
    nullable: true,
    description:
      "The model that should have written this reply when it was out of order and `model` wrote it instead; null otherwise, and for a model that the server no longer knows.",
    resolve: ({ fallbackFrom }, _args, { app }) =>
      (fallbackFrom === null ? undefined : app.config.models.models.get(fallbackFrom)) ?? null,
  }),
}));
