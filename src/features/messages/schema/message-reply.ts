import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createReplyLoader } from "../load-replies.ts";
import { MessageType } from "./message.ts";

const repliesOf = perRequest(({ app }) => createReplyLoader(app));

builder.prismaObjectField("Message", "reply", (t) =>
  t.field({
    type: MessageType,
    nullable: true,
    extensions: { columns: ["id", "role", "status"] satisfies (keyof Message)[] },
    description:
      "The reply to the user's message: the one that is running, or else the newest. Null for a reply, and for a message that has none.",
    resolve: ({ id, role, status }, _args, context) =>
      role === "USER" && status !== "QUEUED" ? repliesOf(context).load(id) : null,
  }),
);
