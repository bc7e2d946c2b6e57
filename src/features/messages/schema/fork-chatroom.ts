import type { Chatroom } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { forkChatroom } from "../fork-chatroom.ts";

const ForkChatroomInput = builder.inputType("ForkChatroomInput", {
  description: "Where a conversation is forked.",
  fields: (t) => ({
    messageId: t.id({ required: true, description: "The last message that the new room has; it must have ended." }),
    title: t.string({
      description: "What the new room is called, as for `createChatroom`; by default as the old one.",
    }),
    clientId: t.string({
      description:
        "The client's own id for this fork, unique among the user's, at most 100 characters. A repeat returns the room that the first call opened; for another message it fails with `CONFLICT`.",
    }),
  }),
});

const ForkChatroomPayload = builder.objectRef<{ chatroom: Chatroom }>("ForkChatroomPayload").implement({
  description: "The room that was opened.",
  fields: (t) => ({
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The new room with its copy of the conversation.",
      resolve: (_query, { chatroom }) => chatroom,
    }),
  }),
});

builder.mutationField("forkChatroom", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ForkChatroomPayload,
    description:
      "Opens a room with a copy of the conversation up to a message, which may be on any branch: its texts, parts, citations and errors, with the room's model, settings and instructions. Ratings stay behind. Nothing is charged. Fails with `REPLY_IN_PROGRESS` for a reply that has not ended, and with `LIMIT_EXCEEDED` for too many rooms or too long a conversation.",
    args: { input: t.arg({ type: ForkChatroomInput, required: true, description: "Where to fork, and the title." }) },
    resolve: async (_root, { input }, { app, viewer }) => ({
      chatroom: await forkChatroom(app, viewer.userId, input),
    }),
  }),
);
