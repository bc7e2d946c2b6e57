import type { Chatroom } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { markUnread } from "../mark-unread.ts";

const MarkUnreadPayload = builder.objectRef<{ chatroom: Chatroom }>("MarkUnreadPayload").implement({
  description: "The room that was marked as unread.",
  fields: (t) => ({
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as it is now.",
      resolve: (_query, { chatroom }) => chatroom,
    }),
  }),
});

builder.mutationField("markUnread", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: MarkUnreadPayload,
    description: "Marks a room as unread, from its newest reply on, on all devices.",
    args: { chatroomId: t.arg.id({ required: true, description: "The room to mark." }) },
    resolve: async (_root, { chatroomId }, { app, viewer }) => ({
      chatroom: await markUnread(app, viewer.userId, chatroomId),
    }),
  }),
);
