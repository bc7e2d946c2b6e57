import { builder } from "../../../graphql/builder.ts";
import type { CacheGroup } from "../../../graphql/cache-group.ts";
import { viewerOf } from "../../../graphql/context.ts";
import { resolvePage } from "../../../graphql/resolve-page.ts";
import { needsOnly } from "../../../graphql/selected-columns.ts";
import { findChatroom } from "../find-chatroom.ts";
import { listChatrooms, roomCursor } from "../list-chatrooms.ts";
import { BRIEF } from "../room-columns.ts";
import { MAX_SEARCH_LENGTH } from "../room-filter.ts";
import { roomListGroup } from "../room-list-cache.ts";
import { ChatroomType } from "./chatroom.ts";

const ChatroomConnection = builder.connectionObject(
  { type: ChatroomType, name: "ChatroomConnection", description: "A page of rooms." },
  { name: "ChatroomEdge", description: "A room and its cursor." },
);

const ChatroomFilter = builder.inputType("ChatroomFilter", {
  description: "Which rooms to list. Each must meet all that is given; null is the same as nothing.",
  fields: (t) => ({
    archived: t.boolean({ description: "True for the archive alone. Otherwise archived rooms are left out." }),
    pinned: t.boolean({ description: "True for pinned rooms alone, false for all others." }),
    unread: t.boolean({ description: "True for unread rooms alone, false for all others." }),
    titleContains: t.string({
      description: `A text that the title contains, in upper or lower case, at most ${MAX_SEARCH_LENGTH} characters (Unicode code points).`,
    }),
  }),
});

builder.queryFields((t) => ({
  // No `prismaField`, which works out a query for Prisma whether or not it is used.
  chatroom: t.withAuth({ signedIn: true }).field({
    type: ChatroomType,
    nullable: true,
    description: "One of the user's rooms; fails with `NOT_FOUND` for anybody else's.",
    args: { id: t.arg.id({ required: true, description: "The room's id." }) },
    resolve: (_root, { id }, { app, viewer }, info) =>
      findChatroom(app, viewer.userId, id, { brief: needsOnly(info, "Chatroom", BRIEF) }),
  }),
  chatrooms: t.connection(
    {
      type: ChatroomType,
      description:
        "The user's rooms, newest activity first. Archived ones are listed only where the filter asks for them.",
      authScopes: { signedIn: true },
      args: { filter: t.arg({ type: ChatroomFilter, description: "Lists only some of the rooms." }) },
      extensions: { cacheGroup: roomListGroup satisfies CacheGroup },
      resolve: (_root, { filter, ...page }, context, info) => {
        const brief = needsOnly(info, "Chatroom", BRIEF);
        return resolvePage(page, roomCursor, (window) =>
          listChatrooms(context.app, viewerOf(context).userId, { window, filter, brief }),
        );
      },
    },
    ChatroomConnection,
  ),
}));
