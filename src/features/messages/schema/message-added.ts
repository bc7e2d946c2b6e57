import { builder } from "../../../graphql/builder.ts";
import { findMessagePosition } from "../find-message-position.ts";
import { MessageType } from "./message.ts";

builder.subscriptionField("messageAdded", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: MessageType,
    description:
      "Each message of a room as it gets its place there, in order: the user's at once, a reply when it has ended. With `after`, first all that was missed since.",
    args: {
      chatroomId: t.arg.id({ required: true, description: "The room to follow." }),
      after: t.arg.id({
        description:
          "Where you stand: `position` of the last message, which is `extensions.position` of its event as well; or the id of the last message seen, if it was `COMPLETE` or `STOPPED` then (a reply that ends, or is retried, gets a new place); or `0` for the room's beginning. Without it, only what comes from now on.",
      }),
    },
    subscribe: async (_root, { chatroomId, after }, { app, feeds, viewer }) => {
      const { roomId, position } = await findMessagePosition(app, viewer.userId, chatroomId, after);
      return feeds.messages.watch(roomId, position);
    },
    resolve: (message) => message,
  }),
);
