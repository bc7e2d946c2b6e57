import { builder } from "../../../graphql/builder.ts";
import { deleteMessage, MAX_DELETED, MAX_NAMED, type DeletedMessages } from "../delete-message.ts";

const DeleteMessagePayload = builder.objectRef<DeletedMessages>("DeleteMessagePayload").implement({
  description: "What was deleted, and the room without it.",
  fields: (t) => ({
    deletedIds: t.idList({
      complexity: { field: MAX_NAMED, multiplier: 0 },
      description: `The ids for caches to forget, of the first ${MAX_NAMED} messages: the one that was named, then those that followed it, level by level.`,
      resolve: ({ deletedIds }) => [...deletedIds],
    }),
    deletedCount: t.exposeInt("deletedCount", { description: "How many messages were deleted." }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as it is now: `leaf` and `messages` are those of the branch that is active then.",
      resolve: (_query, { chatroom }) => chatroom,
    }),
  }),
});

builder.mutationField("deleteMessage", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: DeleteMessagePayload,
    description: `Deletes a message for good, with all that follows it on every branch. A reply that is running there is stopped; what was used stays counted. If \`Chatroom.leaf\` was among them, the branch of the newest sibling becomes active, or else the parent is the leaf. Other devices learn of it by \`accountChanged\`. Fails with \`NOT_FOUND\`, also for a repeat, and with \`LIMIT_EXCEEDED\` for more than ${MAX_DELETED} messages.`,
    args: { id: t.arg.id({ required: true, description: "The message to delete; also a reply." }) },
    resolve: (_root, { id }, { app, viewer }) => deleteMessage(app, viewer.userId, id),
  }),
);
