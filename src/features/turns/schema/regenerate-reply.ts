import { builder } from "../../../graphql/builder.ts";
import { regenerateReply, type Regenerated } from "../regenerate-reply.ts";
import { toEdge } from "../to-edge.ts";
import { roomOf } from "../room-of.ts";

const RegenerateReplyInput = builder.inputType("RegenerateReplyInput", {
  description: "Which question to answer again, and how.",
  fields: (t) => ({
    messageId: t.id({
      required: true,
      description: "A reply, which need not be the last message; or the user's message, also if it has no reply.",
    }),
    clientId: t.string({
      description:
        "The client's own id for this call, unique in the room, at most 100 characters. A repeat returns the first call's reply; for another question it fails with `CONFLICT`.",
    }),
    expectedLeafId: t.id({
      description: "`Chatroom.leaf` as the client knows it. The call fails with `CONFLICT` when the room has another.",
    }),
    modelId: t.id({
      description:
        "The model that answers, one of `models`; by default the room's. Fails with `MODEL_NOT_ALLOWED` or `MODEL_RETIRED`.",
    }),
    settings: t.field({
      type: "RoomSettingsInput",
      description: "What is different from the room's settings for this reply, as for `sendMessage`.",
    }),
  }),
});

const RegenerateReplyPayload = builder.objectRef<Regenerated>("RegenerateReplyPayload").implement({
  description: "The question and its new reply.",
  fields: (t) => ({
    message: t.expose("message", { type: "Message", description: "The user's message that is answered again." }),
    reply: t.expose("reply", {
      type: "Message",
      description: "The new reply, still empty: follow it with `replyStream`.",
    }),
    replyEdge: t.field({
      type: "MessageEdge",
      nullable: true,
      description: "The reply as an entry of `Chatroom.messages`, for caches.",
      resolve: ({ reply }) => toEdge(reply),
    }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as it is now.",
      resolve: (_query, { message }, _args, { app }) => roomOf(app, message.chatroomId),
    }),
  }),
});

builder.mutationField("regenerateReply", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: RegenerateReplyPayload,
    description:
      "Asks for another reply to the same message: a sibling of the reply, which becomes `Chatroom.leaf`. What followed the old reply stays: `selectBranch` leads back. Counts against the quota like a message. Fails with `REPLY_IN_PROGRESS`, `CONFLICT`, `LIMIT_EXCEEDED` for more than 50 siblings, `QUOTA_EXCEEDED`, `MODEL_NOT_ALLOWED`, `MODEL_RETIRED` or `UNSUPPORTED`, and then stores and charges nothing.",
    args: {
      input: t.arg({ type: RegenerateReplyInput, required: true, description: "Which question to answer again." }),
    },
    resolve: (_root, { input }, { app, viewer }) => regenerateReply(app, viewer.userId, input),
  }),
);
