import type { Chatroom } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { restoreChatroom } from "../restore-chatroom.ts";
import { ChatroomType } from "./chatroom.ts";

const RestoreChatroomPayload = builder.objectRef<{ chatroom: Chatroom }>("RestoreChatroomPayload").implement({
  description: "The room that was restored.",
  fields: (t) => ({
    chatroom: t.expose("chatroom", { type: ChatroomType, description: "The room with all that it had." }),
  }),
});

builder.mutationField("restoreChatroom", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: RestoreChatroomPayload,
    description:
      "Brings a deleted room back with its messages. Fails with `NOT_FOUND` once `DeleteChatroomPayload.restorableUntil` has passed.",
    args: { id: t.arg.id({ required: true, description: "The room to restore." }) },
    resolve: async (_root, { id }, { app, viewer }) => ({ chatroom: await restoreChatroom(app, viewer.userId, id) }),
  }),
);
