import type { Chatroom } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { markRead } from "../mark-read.ts";

const MarkReadInput = builder.inputType("MarkReadInput", {
  description: "How far the user has read.",
  fields: (t) => ({
    chatroomId: t.id({ required: true, description: "The room that was read." }),
    messageId: t.id({
      description:
        "The newest message of the room that the user has seen. A reply that runs is unread again when it has ended. Without it, all that there is now is read.",
    }),
  }),
});

const MarkReadPayload = builder.objectRef<{ chatroom: Chatroom }>("MarkReadPayload").implement({
  description: "The room that was read.",
  fields: (t) => ({
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as it is now, perhaps still `unread`.",
      resolve: (_query, { chatroom }) => chatroom,
    }),
  }),
});

builder.mutationField("markRead", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: MarkReadPayload,
    description:
      "Notes how far the user has read a room, on all devices. It never goes back: an older message changes nothing.",
    args: { input: t.arg({ type: MarkReadInput, required: true, description: "The room and the message." }) },
    resolve: async (_root, { input }, { app, viewer }) => ({ chatroom: await markRead(app, viewer.userId, input) }),
  }),
);
