import { builder } from "../../../graphql/builder.ts";
import { MAX_MESSAGE_LENGTH, sendMessage, type SentMessage } from "../send-message.ts";

const SendMessageInput = builder.inputType("SendMessageInput", {
  description: "A message to the model.",
  fields: (t) => ({
    chatroomId: t.id({ required: true, description: "The room to send it to." }),
    content: t.string({
      required: true,
      description: `The text, at most ${MAX_MESSAGE_LENGTH} UTF-16 code units, as JavaScript's \`length\` counts.`,
    }),
    clientId: t.string({
      description:
        "The client's own id for this send, unique in the room, at most 100 characters. A repeated send with the same text returns the first call's result; with another text or parent it fails with `CONFLICT`.",
    }),
    parentId: t.id({
      description: "The message this follows. The send fails with `CONFLICT` when the room has a newer one.",
    }),
    modelId: t.id({
      description:
        "The model that answers this message, one of `models`; by default the room's. Fails with `MODEL_NOT_ALLOWED` or `MODEL_RETIRED`.",
    }),
    settings: t.field({
      type: "RoomSettingsInput",
      description:
        "What is different from the room's settings for this message. With a `modelId` the room's own settings must fit that model as well, else the send fails with `UNSUPPORTED`.",
    }),
  }),
});

const SendMessagePayload = builder.objectRef<SentMessage>("SendMessagePayload").implement({
  description: "The stored message and its reply.",
  fields: (t) => ({
    message: t.expose("message", { type: "Message", description: "The user's message." }),
    reply: t.expose("reply", {
      type: "Message",
      description: "The reply, still empty: follow it with `replyStream`.",
    }),
  }),
});

builder.mutationField("sendMessage", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: SendMessagePayload,
    description:
      "Stores a message and asks the model for a reply, without waiting for it. Fails with `REPLY_IN_PROGRESS`, `CONFLICT`, `QUOTA_EXCEEDED`, `MODEL_NOT_ALLOWED`, `MODEL_RETIRED` or `UNSUPPORTED`, and then stores and charges nothing.",
    args: { input: t.arg({ type: SendMessageInput, required: true, description: "The message and its room." }) },
    resolve: (_root, { input }, { app, viewer }) => sendMessage(app, viewer.userId, input),
  }),
);
