import { builder } from "../../../graphql/builder.ts";
import { toEdge } from "../to-edge.ts";
import { roomOf } from "../room-of.ts";
import { MAX_MESSAGE_LENGTH, sendMessage, type SentMessage } from "../send-message.ts";

const WhileReplying = builder.enumType("WhileReplying", {
  description: "What becomes of a message that is sent while a reply is running in its room.",
  values: {
    REJECT: { description: "It is refused with `REPLY_IN_PROGRESS`." },
    QUEUE: {
      description:
        "It waits in `Chatroom.queue` until the reply, and all that was queued before, is complete, and is charged at once. Also while a queue is paused. Fails with `QUEUE_FULL`. If nothing is running and nothing waits, it is sent as any other.",
    },
    INTERRUPT: {
      description:
        "The reply is stopped, as by `stopReply`, and the message follows it. What is queued comes after that; the stop does not pause the queue. If the message is refused, the reply goes on, unless the quota is used up in that very moment.",
    },
  } as const,
});

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
        "The client's own id for this send, unique in the room, at most 100 characters. A repeated send with the same text returns what the first call stored, as it is now; with another text or parent it fails with `CONFLICT`.",
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
    whileReplying: t.field({
      type: WhileReplying,
      defaultValue: "REJECT",
      description: "What becomes of the message while a reply is running.",
    }),
  }),
});

export const SendMessagePayload = builder.objectRef<SentMessage>("SendMessagePayload").implement({
  description: "The stored message and its reply, or the message that waits in the room's queue.",
  fields: (t) => ({
    message: t.expose("message", { type: "Message", description: "The user's message." }),
    reply: t.expose("reply", {
      type: "Message",
      nullable: true,
      description:
        "The reply, still empty: follow it with `replyStream`. Null for a message that waits in the queue: only `whileReplying: QUEUE` leads there.",
    }),
    messageEdge: t.field({
      type: "MessageEdge",
      nullable: true,
      description: "The message as an entry of `Chatroom.messages`, for caches; null while it waits in the queue.",
      resolve: ({ message }) => toEdge(message),
    }),
    replyEdge: t.field({
      type: "MessageEdge",
      nullable: true,
      description: "The reply as an entry of `Chatroom.messages`, for caches; null without one.",
      resolve: ({ reply }) => toEdge(reply),
    }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as it is now.",
      resolve: (_query, { message }, _args, { app }) => roomOf(app, message.chatroomId),
    }),
  }),
});

builder.mutationField("sendMessage", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: SendMessagePayload,
    description:
      "Stores a message and asks the model for a reply, without waiting for it. Fails with `REPLY_IN_PROGRESS`, `CONFLICT`, `QUEUE_FULL`, `QUOTA_EXCEEDED`, `MODEL_NOT_ALLOWED`, `MODEL_RETIRED` or `UNSUPPORTED`, and then stores and charges nothing.",
    args: { input: t.arg({ type: SendMessageInput, required: true, description: "The message and its room." }) },
    resolve: (_root, { input }, { app, viewer }) => sendMessage(app, viewer.userId, input),
  }),
);
