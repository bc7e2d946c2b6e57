import type { Message } from "../../../generated/prisma/client.ts";
import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import { LONG_TEXT } from "../../../graphql/operation-limits.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { isInProgress } from "../load-running-texts.ts";
import { createMessageLoader } from "../load-messages.ts";
import { createDetailLoader, DETAIL_COLUMNS } from "../load-details.ts";
import { createRoomLoader } from "../load-rooms.ts";
import { citationsOf, partsOf } from "../parts-of.ts";
import { POSITION_COLUMNS, positionOf } from "../position-of.ts";
import { tokensOf } from "../tokens-of.ts";
import { CitationType } from "./citation.ts";
import { RoleEnum } from "./message-enums.ts";
import { MessageError } from "./message-error.ts";
import { TEXT_COLUMNS, textOf } from "./text-of.ts";
import { MessagePart } from "./message-part.ts";
import { SHORT_LIST } from "./source.ts";
import { TokenCounts } from "./token-counts.ts";

type Columns = (keyof Message)[];

const detailsOf = perRequest(({ app }) => createDetailLoader(app));
const roomsOf = perRequest(({ app }) => createRoomLoader(app));
const messagesOf = perRequest(({ app }) => createMessageLoader(app));

export const MessageType = builder.prismaObject("Message", {
  description: "A message in a room, by the user or by the model.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the message; a position for `messageAdded(after:)`." }),
    role: t.expose("role", { type: RoleEnum, description: "Who wrote the message." }),
    content: t.string({
      complexity: LONG_TEXT,
      extensions: { columns: TEXT_COLUMNS },
      description:
        "The text; of a reply in progress, the text so far: `replyStream(attempt:, offset:)` goes on from this `attempt` and the text's length in UTF-16 code units. A note in a paragraph of its own replaces what is not text, such as an image: `[image/png left out]`.",
      resolve(message, _args, context) {
        const text = textOf(message, context);
        return typeof text === "string" ? countText(text, context) : text.then((read) => countText(read, context));
      },
    }),
    parts: t.field({
      type: [MessagePart],
      extensions: { uncacheable: true, columns: TEXT_COLUMNS },
      complexity: { field: LONG_TEXT, multiplier: 3 },
      description:
        "What the message consists of, in order: its text, cut where something else stands, and that. Of a reply in progress, nothing: `replyStream` has it.",
      resolve: async (message, _args, context) => {
        if (isInProgress(message)) return [];
        const [content, detail] = await Promise.all([textOf(message, context), detailsOf(context).load(message)]);
        return partsOf({ content, ...detail });
      },
    }),
    citations: t.field({
      type: [CitationType],
      extensions: { uncacheable: true, columns: DETAIL_COLUMNS },
      complexity: SHORT_LIST,
      description: "Which stretches of `content` rest on which pages, in the order of the text.",
      resolve: async (message, _args, context) => citationsOf((await detailsOf(context).load(message)).activities),
    }),
    tokens: t.field({
      type: TokenCounts,
      nullable: true,
      description: "What the reply has cost in tokens; null for what is no reply, or has not ended.",
      resolve: tokensOf,
    }),
    status: t.expose("status", { type: "MessageStatus", description: "The progress of the message." }),
    attempt: t.exposeInt("attempt", { description: "How many times a worker has started the reply." }),
    nextTryAt: t.expose("nextTryAt", {
      type: "DateTime",
      nullable: true,
      description: "When a worker tries a reply again that met a transient fault.",
    }),
    parent: t.prismaField({
      type: "Message",
      nullable: true,
      description: "What this answers or follows; null for the first message of a room, and for a queued one.",
      resolve: (_query, { parentId }, _args, context) =>
        parentId === null ? null : messagesOf(context).load(parentId),
    }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room of the message.",
      resolve: (_query, { chatroomId }, _args, context) => roomsOf(context).load(chatroomId),
    }),
    clientId: t.exposeString("clientId", {
      nullable: true,
      description: "The client's own name for this send; null without one. A reply has that of `regenerateReply`.",
    }),
    position: t.string({
      extensions: { columns: POSITION_COLUMNS },
      description:
        "Its position in the room's log, a number for `messageAdded(after:)`, which delivers all later ones. A running reply has the position at which it was asked for, so that its end is delivered too. Of many messages seen, use the greatest.",
      resolve: async (message, _args, { app }) => String(await positionOf(app, message)),
    }),
    model: t.exposeString("model", {
      nullable: true,
      description: "The model that wrote the reply; of a queued message, the one that is to answer it.",
    }),
    finishReason: t.exposeString("finishReason", {
      nullable: true,
      description: "Why the model ended the reply, in its own terms, such as `STOP`.",
    }),
    error: t.field({
      type: MessageError,
      nullable: true,
      extensions: { columns: ["errorCode", "errorMessage", "errorRetryAt"] satisfies Columns },
      description: "Why the reply failed or was blocked.",
      resolve: ({ errorCode, errorMessage, errorRetryAt }) =>
        errorCode ? { code: errorCode, message: errorMessage ?? errorCode, retryAt: errorRetryAt } : null,
    }),
    promptTokens: t.exposeInt("promptTokens", { nullable: true, description: "Tokens the model read for the reply." }),
    replyTokens: t.exposeInt("replyTokens", { nullable: true, description: "Tokens the model wrote." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was sent, or requested." }),
  }),
});
