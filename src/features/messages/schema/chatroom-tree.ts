import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { resolvePage } from "../../../graphql/resolve-page.ts";
import { createTreeLoader, treeCursor } from "../load-trees.ts";
import { MessageConnection } from "./message-connection.ts";
import { MessageType } from "./message.ts";

const treesOf = perRequest(({ app }) => createTreeLoader(app));

builder.prismaObjectField("Chatroom", "tree", (t) =>
  t.connection(
    {
      type: MessageType,
      extensions: { uncacheable: true },
      description:
        "The messages of all branches, flat, oldest first; `parent` gives each its place. A message that has waited in the queue is as old as when it was sent: it may come before its parent.",
      resolve: ({ id }, args, context) =>
        resolvePage(args, treeCursor, (window) => treesOf(context).load({ roomId: id, window })),
    },
    MessageConnection,
  ),
);
