import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createMessageLoader } from "../load-messages.ts";
import { MessageType } from "./message.ts";

const messagesOf = perRequest(({ app }) => createMessageLoader(app));

builder.prismaObjectField("Chatroom", "leaf", (t) =>
  t.field({
    type: MessageType,
    nullable: true,
    description:
      "The head: the last message of the active branch, which `messages` lists and the next message follows. It names the active branch: a message of `messageAdded` is on it if it is this one or one of its ancestors. Null for an empty room.",
    resolve: ({ activeLeafId }, _args, context) =>
      activeLeafId === null ? null : messagesOf(context).load(activeLeafId),
  }),
);
