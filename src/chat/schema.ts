import { countText } from "../graphql/answer-size.ts";
import { builder } from "../graphql/builder.ts";
import { viewerOf, type RequestContext } from "../graphql/context.ts";
import type { KeptIn } from "../graphql/execute.ts";
import { LONG_TEXT } from "../graphql/operation-limits.ts";
import { perRequest } from "../graphql/per-request.ts";
import { resolvePage } from "../graphql/resolve-page.ts";
import type { Chatroom } from "../generated/prisma/client.ts";
import { MessageRole, MessageStatus } from "../generated/prisma/enums.ts";
import { resolveModel } from "../platform/model-names.ts";
import { createChatroom } from "./create-chatroom.ts";
import { findChatroom } from "./find-chatroom.ts";
import { findMessage } from "./find-message.ts";
import { findMessagePosition } from "./find-message-position.ts";
import { listChatrooms, roomCursor, type ListedRoom } from "./list-chatrooms.ts";
import { messageCursor } from "./read-branches.ts";
import { PREVIEW_LENGTH } from "./preview-of.ts";
import type { RoomHead } from "./read-room-heads.ts";
import { roomListGroup } from "./room-list-cache.ts";
import { createRoomLoaders } from "./room-loaders.ts";
import { MAX_MESSAGE_LENGTH, sendMessage, type SentMessage } from "./send-message.ts";

const RoleEnum = builder.enumType(MessageRole, {
  name: "MessageRole",
  description: "Which side is speaking.",
  values: {
    USER: { description: "What the person said." },
    ASSISTANT: { description: "What the model answered." },
  },
});

builder.enumType(MessageStatus, {
  name: "MessageStatus",
  description: "How far a message is. A user's message is `COMPLETE` from the start.",
  values: {
    PENDING: { description: "The reply waits; `waitingFor` says for what." },
    STREAMING: { description: "The reply is being written; `replyStream` shows it." },
    COMPLETE: { description: "The text is final." },
    STOPPED: { description: "The user stopped the reply; the text is what had been written by then." },
    BLOCKED: {
      description: "The model's provider refused the prompt or the reply. The message is given back; see `Usage.used`.",
    },
    FAILED: {
      description: "The reply could not be had; `error` says why. The message is given back; see `Usage.used`.",
    },
  },
});

const MessageError = builder
  .objectRef<{ code: string; message: string; retryAt: Date | null }>("MessageError")
  .implement({
    description: "Why a reply failed or was blocked.",
    fields: (t) => ({
      code: t.exposeString("code", { description: "A stable name for the fault, such as `MODEL_TIMEOUT`." }),
      message: t.exposeString("message", { description: "The fault in words." }),
      retryable: t.boolean({
        description: "Whether asking again may succeed.",
        resolve: (error) => !FINAL_ERRORS.has(error.code),
      }),
      retryAt: t.expose("retryAt", {
        type: "DateTime",
        nullable: true,
        description:
          "From when on asking again may succeed, as of `MODEL_QUOTA`; null where the provider does not say.",
      }),
    }),
  });

const FINAL_ERRORS = new Set([
  "MODEL_BLOCKED",
  "MODEL_TOO_LONG",
  "MODEL_REJECTED",
  "MODEL_UNAUTHORIZED",
  "MODEL_UNREADABLE",
]);

const MessageType = builder.prismaObject("Message", {
  description: "Something said in a room, by the user or by the model.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the message, and its place for `messageAdded(after:)`." }),
    role: t.expose("role", { type: RoleEnum, description: "Which side is speaking." }),
    content: t.string({
      complexity: LONG_TEXT,
      description:
        "The text; of a reply in progress, empty: `replyStream` has it. Where the model gave something else than text, such as an image, a note in a paragraph of its own says so: `[image/png left out]`.",
      resolve: ({ content }, _args, context) => countText(content, context),
    }),
    status: t.expose("status", { type: "MessageStatus", description: "How far the message is." }),
    attempt: t.exposeInt("attempt", { description: "How many times a worker has taken the reply up, ever." }),
    nextTryAt: t.expose("nextTryAt", {
      type: "DateTime",
      nullable: true,
      description: "When a reply that met a passing fault is tried again.",
    }),
    parent: t.relation("parent", { nullable: true, description: "What this answers or follows." }),
    model: t.exposeString("model", { nullable: true, description: "The model that wrote the reply." }),
    finishReason: t.exposeString("finishReason", {
      nullable: true,
      description: "The model's own word for why it ended, such as `STOP`.",
    }),
    error: t.field({
      type: MessageError,
      nullable: true,
      description: "Why the reply failed or was blocked.",
      resolve: ({ errorCode, errorMessage, errorRetryAt }) =>
        errorCode ? { code: errorCode, message: errorMessage ?? errorCode, retryAt: errorRetryAt } : null,
    }),
    promptTokens: t.exposeInt("promptTokens", { nullable: true, description: "Tokens the model read for the reply." }),
    replyTokens: t.exposeInt("replyTokens", { nullable: true, description: "Tokens the model wrote." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was said, or asked for." }),
  }),
});

const MessageConnection = builder.connectionObject(
  { type: MessageType, name: "MessageConnection", description: "A page of messages." },
  { name: "MessageEdge", description: "A message and its place in the connection." },
);

const ChatroomType = builder.prismaObject("Chatroom", {
  description: "A conversation with the model.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the room." }),
    title: t.exposeString("title", { description: "What the room is called." }),
    systemPrompt: t.string({
      nullable: true,
      complexity: LONG_TEXT,
      description: "What the model is told before the conversation.",
      resolve: ({ systemPrompt }, _args, context) => countText(systemPrompt, context),
    }),
    model: t.string({
      description: "The model that answers here: the room's own, or the server's default of the day.",
      resolve: ({ model }, _args, { app }) => resolveModel(app.config.gemini, model),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the room was opened." }),
    lastMessageAt: t.expose("lastMessageAt", {
      type: "DateTime",
      description: "When something was last said; rooms are sorted by it.",
    }),
    lastMessagePreview: t.string({
      nullable: true,
      description: `The beginning of what was last said on the active branch, at most ${PREVIEW_LENGTH} characters (grapheme clusters) in one line, without leading blanks; null in an empty room.`,
      resolve: async (room, _args, context) => (await headOf(room, context)).lastMessagePreview,
    }),
    messages: t.connection(
      {
        type: MessageType,
        description: "The active branch of the conversation, oldest first; `last` gives the newest part.",
        resolve: (room, args, context) =>
          resolvePage(args, messageCursor, (window) => loadersOf(context).messages(room, window)),
      },
      MessageConnection,
    ),
    activeReply: t.field({
      type: MessageType,
      nullable: true,
      description: "The reply that is waited for or being written; follow it with `replyStream`.",
      resolve: async (room, _args, context) => (await headOf(room, context)).activeReply,
    }),
  }),
});

const loadersOf = perRequest(({ app }) => createRoomLoaders(app));

/** A list brings the heads of its rooms along. */
const headOf = (room: Chatroom | ListedRoom, context: RequestContext): RoomHead | Promise<RoomHead> =>
  "head" in room ? room.head : loadersOf(context).head(room);

const ChatroomConnection = builder.connectionObject(
  { type: ChatroomType, name: "ChatroomConnection", description: "A page of rooms." },
  { name: "ChatroomEdge", description: "A room and its place in the connection." },
);

const CreateChatroomInput = builder.inputType("CreateChatroomInput", {
  description: "How a new room is set up; everything has a default.",
  fields: (t) => ({
    title: t.string({
      description:
        "What the room is called: one line of at most 200 characters (Unicode code points), in which controls and changes of direction are dropped.",
    }),
    systemPrompt: t.string({
      description: "What the model is told before the conversation, at most 8,000 UTF-16 code units.",
    }),
    model: t.string({
      description:
        "The model that answers here, one of those that the server offers, else `MODEL_NOT_ALLOWED`; without it, the server's default of the day.",
    }),
  }),
});

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
    message: t.expose("message", { type: MessageType, description: "What the user said." }),
    reply: t.expose("reply", {
      type: MessageType,
      description: "The reply, still empty: follow it with `replyStream`.",
    }),
  }),
});

builder.queryFields((t) => ({
  chatroom: t.withAuth({ signedIn: true }).prismaField({
    type: "Chatroom",
    nullable: true,
    description: "One of the user's rooms; fails with `NOT_FOUND` for anybody else's.",
    args: { id: t.arg.id({ required: true, description: "The room's id." }) },
    resolve: (_query, _root, { id }, { app, viewer }) => findChatroom(app, viewer.userId, id),
  }),
  chatrooms: t.connection(
    {
      type: ChatroomType,
      description: "The user's rooms, newest activity first.",
      authScopes: { signedIn: true },
      extensions: { keptIn: roomListGroup satisfies KeptIn },
      resolve: (_root, args, context) =>
        resolvePage(args, roomCursor, (window) => listChatrooms(context.app, viewerOf(context).userId, window)),
    },
    ChatroomConnection,
  ),
  message: t.withAuth({ signedIn: true }).prismaField({
    type: "Message",
    nullable: true,
    description: "A message in one of the user's rooms; fails with `NOT_FOUND` for anybody else's.",
    args: { id: t.arg.id({ required: true, description: "The message's id." }) },
    resolve: (_query, _root, { id }, { app, viewer }) => findMessage(app, viewer.userId, id),
  }),
}));

builder.mutationFields((t) => ({
  createChatroom: t.withAuth({ signedIn: true }).prismaField({
    type: "Chatroom",
    description: "Opens a room.",
    args: { input: t.arg({ type: CreateChatroomInput, description: "How it is set up." }) },
    resolve: (_query, _root, { input }, { app, viewer }) => createChatroom(app, viewer.userId, input),
  }),
  sendMessage: t.withAuth({ signedIn: true }).field({
    type: SendMessagePayload,
    description:
      "Stores a message and asks the model for a reply, without waiting for it. Fails with `REPLY_IN_PROGRESS`, `CONFLICT` or `QUOTA_EXCEEDED`; then nothing is stored or charged.",
    args: { input: t.arg({ type: SendMessageInput, required: true, description: "The message and its room." }) },
    resolve: (_root, { input }, { app, viewer }) => sendMessage(app, viewer.userId, input),
  }),
}));

builder.subscriptionField("messageAdded", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: MessageType,
    description:
      "Each message of a room as it gets its place there, in order: the user's at once, a reply when it has ended. With `after`, first all that was missed since.",
    args: {
      chatroomId: t.arg.id({ required: true, description: "The room to follow." }),
      after: t.arg.id({
        description:
          "Where you stand: `extensions.position` of the last event; or the id of the last message seen, if it was `COMPLETE` or `STOPPED` then (a reply that ends, or is retried, gets a new place); or `0` for the room's beginning. Without it, only what comes from now on.",
      }),
    },
    subscribe: async (_root, { chatroomId, after }, { app, feeds, viewer }) => {
      const { roomId, position } = await findMessagePosition(app, viewer.userId, chatroomId, after);
      return feeds.messages.watch(roomId, position);
    },
    resolve: (message) => message,
  }),
);
