import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { cancelQueued } from "../cancel-queued.ts";
import { roomOf } from "../room-of.ts";

const CancelQueuedPayload = builder.objectRef<{ message: Message }>("CancelQueuedPayload").implement({
  description: "The message that was cancelled.",
  fields: (t) => ({
    message: t.expose("message", {
      type: "Message",
      description:
        "The message as it was in the queue, so that a client can offer its text again. It is stored no more.",
    }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "Its room, with the queue as it is now.",
      resolve: (_query, { message }, _args, { app }) => roomOf(app, message.chatroomId),
    }),
  }),
});

builder.mutationField("cancelQueued", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: CancelQueuedPayload,
    description:
      "Takes a message out of its room's queue; it no longer counts against the quota. Fails with `CONFLICT` for one that was taken up already, and with `NOT_FOUND` once it is cancelled.",
    args: { id: t.arg.id({ required: true, description: "The queued message." }) },
    resolve: async (_root, { id }, { app, viewer }) => ({ message: await cancelQueued(app, viewer.userId, id) }),
  }),
);
