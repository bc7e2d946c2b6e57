import { builder } from "../../../graphql/builder.ts";
import type { CacheGroup } from "../../../graphql/cache-group.ts";
import { viewerOf } from "../../../graphql/context.ts";
import { resolvePage } from "../../../graphql/resolve-page.ts";
import { findChatroom } from "../find-chatroom.ts";
import { listChatrooms, roomCursor } from "../list-chatrooms.ts";
import { roomListGroup } from "../room-list-cache.ts";
import { ChatroomType } from "./chatroom.ts";

const ChatroomConnection = builder.connectionObject(
  { type: ChatroomType, name: "ChatroomConnection", description: "A page of rooms." },
  { name: "ChatroomEdge", description: "A room and its cursor." },
);

builder.queryFields((t) => ({
  chatroom: t.withAuth({ signedIn: true }).prismaField({
    type: "Chatroom",
    nullable: true,
    description: "One of the user's rooms; fails with `NOT_FOUND` for anybody else's.",
    args: { id: t.arg.id({ required: true, description: "The room's id." }) },
    resolve: (_query, _root, { id }, { app, viewer }) => findChatroom(app, viewer.userId, id),
  }),
  chatrooms: t.connection(
    {
      type: ChatroomType,
      description: "The user's rooms, newest activity first.",
      authScopes: { signedIn: true },
      extensions: { cacheGroup: roomListGroup satisfies CacheGroup },
      resolve: (_root, args, context) =>
        resolvePage(args, roomCursor, (window) => listChatrooms(context.app, viewerOf(context).userId, window)),
    },
    ChatroomConnection,
  ),
}));
