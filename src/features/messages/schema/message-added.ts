import { builder } from "../../../graphql/builder.ts";
import { findMessagePosition } from "../find-message-position.ts";
import { MessageType } from "./message.ts";

builder.subscriptionField("messageAdded", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: MessageType,
    description:
      "Each message of a room as it gets its position there, in order: a user's message at once, a reply when it has ended. With `after`, the missed messages come first. With `running`, a reply also comes when it is asked for. Messages of all branches come: `parent` says where each belongs, and `Chatroom.leaf` which branch is active. What is deleted does not come: `accountChanged` tells of it.",
    args: {
      chatroomId: t.arg.id({ required: true, description: "The room to follow." }),
      after: t.arg.id({
        description:
          "Your position: `position` of the last message, also in `extensions.position` of its event; or the id of the last message seen, if it was `COMPLETE` or `STOPPED` then (a reply that ends, or is retried, gets a new position); or `0` for the beginning of the room. Without it, only new messages are delivered.",
      }),
      running: t.arg.boolean({
        defaultValue: false,
        description:
          "Whether a reply also comes when it is asked for, or retried, at a position of its own: it is `PENDING`, or `STREAMING` already, its `parent` says what it answers, and `replyStream` follows it. One that has ended meanwhile comes only as it is.",
      }),
    },
    subscribe: async (_root, { chatroomId, after, running }, { app, feeds, viewer }) => {
      const { roomId, position } = await findMessagePosition(app, viewer.userId, chatroomId, after);
      return (running ? feeds.messagesWithRunning : feeds.messages).watch(roomId, position);
    },
    resolve: (message) => message,
  }),
);
