import type { Chatroom } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { resolvePage } from "../../../graphql/resolve-page.ts";
import { needsOnly } from "../../../graphql/selected-columns.ts";
import { createPageLoader } from "../load-pages.ts";
import { BRIEF, SHOWN } from "../message-columns.ts";
import { messageCursor } from "../read-branches.ts";
import { MessageConnection } from "./message-connection.ts";
import { MessageType } from "./message.ts";

const pagesOf = perRequest(({ app }) => createPageLoader(app));

builder.prismaObjectField("Chatroom", "messages", (t) =>
  t.connection(
    {
      type: MessageType,
      extensions: { columns: ["id", "activeLeafId"] satisfies (keyof Chatroom)[] },
      description: "The active branch of the conversation, oldest first; `last` gives the newest part.",
      resolve: ({ id: roomId, activeLeafId: leafId }, args, context, info) => {
        const columns = [BRIEF, SHOWN].find((some) => needsOnly(info, "Message", some)) ?? null;
        return resolvePage(args, messageCursor, (window) => pagesOf(context).load({ roomId, leafId, window, columns }));
      },
    },
    MessageConnection,
  ),
);
