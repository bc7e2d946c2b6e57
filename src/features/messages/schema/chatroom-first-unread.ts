import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createFirstUnreadLoader } from "../load-first-unread.ts";

const firstUnreadOf = perRequest(({ app }) => createFirstUnreadLoader(app));

builder.prismaObjectField("Chatroom", "firstUnread", (t) =>
  t.prismaField({
    type: "Message",
    nullable: true,
    description:
      "The first reply that the user has not seen: on the active branch, or if there is none, on another one. Null unless the room is unread, or when it was marked so without having a reply.",
    resolve: (_query, room, _args, context) => firstUnreadOf(context).load(room),
  }),
);
