import { builder } from "../../../graphql/builder.ts";
import { MAX_MESSAGE_LENGTH, sendMessage, type SentMessage } from "../send-message.ts";

const SendMessageInput = builder.inputType("SendMessageInput", {
  description: "A message to the model.",
  fields: (t) => ({
    chatroomId: t.id({ required: true, description: "The room it is said in." }),
    content: t.string({
      required: true,
      description: `The text, at most ${MAX_MESSAGE_LENGTH} UTF-16 code units, as JavaScript's \`length\` counts.`,
    }),
    clientId: t.string({
      description:
        "A name of the client's own for this send, unique in the room, at most 100 characters: repeating it with the same text returns the first call's result; with another text or parent it fails with `CONFLICT`.",
    }),
    parentId: t.id({
      description: "The message this follows. If the room has moved on since, the send fails with `CONFLICT`.",
    }),
  }),
});

const SendMessagePayload = builder.objectRef<SentMessage>("SendMessagePayload").implement({
  description: "The stored message, and the reply that is on its way.",
  fields: (t) => ({
    message: t.expose("message", { type: "Message", description: "What the user said." }),
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
      "Stores a message and asks the model for a reply, without waiting for it. Fails with `REPLY_IN_PROGRESS`, `CONFLICT` or `QUOTA_EXCEEDED`; then nothing is stored or charged.",
    args: { input: t.arg({ type: SendMessageInput, required: true, description: "The message and its room." }) },
    resolve: (_root, { input }, { app, viewer }) => sendMessage(app, viewer.userId, input),
  }),
);
