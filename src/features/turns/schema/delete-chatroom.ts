import { builder } from "../../../graphql/builder.ts";
import { deleteChatroom, type DeletedRoom } from "../delete-chatroom.ts";

const DeleteChatroomPayload = builder.objectRef<DeletedRoom>("DeleteChatroomPayload").implement({
  description: "What is left of a deleted room.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The id of the room, for caches and for `restoreChatroom`." }),
    restorableUntil: t.expose("restorableUntil", {
      type: "DateTime",
      description: "Until when `restoreChatroom` brings it back. After that it is purged with its messages.",
    }),
  }),
});

builder.mutationField("deleteChatroom", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: DeleteChatroomPayload,
    description:
      "Deletes a room: it and its messages are `NOT_FOUND` at once, its running reply is stopped, what is queued no longer counts against the quota, and `messageAdded` completes for those who watch it. A repeat is answered like the first call.",
    args: { id: t.arg.id({ required: true, description: "The room to delete." }) },
    resolve: (_root, { id }, { app, viewer }) => deleteChatroom(app, viewer.userId, id),
  }),
);
