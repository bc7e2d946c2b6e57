import { builder } from "../../../graphql/builder.ts";
import { editMessage } from "../edit-message.ts";
import { MAX_MESSAGE_LENGTH } from "../send-message.ts";
import { SendMessagePayload } from "./send-message.ts";

const EditMessageInput = builder.inputType("EditMessageInput", {
  description: "Other words for a message of the user.",
  fields: (t) => ({
    messageId: t.id({ required: true, description: "The message to ask again in other words; also the room's first." }),
    content: t.string({
      required: true,
      description: `The new text, at most ${MAX_MESSAGE_LENGTH} UTF-16 code units, as JavaScript's \`length\` counts.`,
    }),
    clientId: t.string({
      description:
        "The client's own id for this edit, unique in the room, at most 100 characters. A repeat with the same text returns what the first call stored; with another text, or for another message, it fails with `CONFLICT`.",
    }),
    expectedLeafId: t.id({
      description: "`Chatroom.leaf` as the client knows it. The edit fails with `CONFLICT` when the room has another.",
    }),
    modelId: t.id({
      description:
        "The model that answers, one of `models`; by default the room's. Fails with `MODEL_NOT_ALLOWED` or `MODEL_RETIRED`.",
    }),
    settings: t.field({
      type: "RoomSettingsInput",
      description: "What is different from the room's settings for this message, as for `sendMessage`.",
    }),
  }),
});

builder.mutationField("editMessage", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: SendMessagePayload,
    description:
      "Asks again in other words: stores a sibling of the message and asks for a reply to it, which becomes `Chatroom.leaf`. What was there stays: `selectBranch` leads back. Fails with `REPLY_IN_PROGRESS`, `CONFLICT`, `LIMIT_EXCEEDED` for more than 50 siblings, `QUOTA_EXCEEDED`, `MODEL_NOT_ALLOWED`, `MODEL_RETIRED` or `UNSUPPORTED`, and then stores and charges nothing.",
    args: { input: t.arg({ type: EditMessageInput, required: true, description: "The message and its new text." }) },
    resolve: (_root, { input }, { app, viewer }) => editMessage(app, viewer.userId, input),
  }),
);
