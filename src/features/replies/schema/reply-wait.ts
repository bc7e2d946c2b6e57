import DataLoader from "dataloader";
import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { readReplyWaits } from "../reply-wait.ts";

export const ReplyWait = builder.enumType("ReplyWait", {
  description: "What a `PENDING` reply waits for.",
  values: {
    WORKER: { description: "The next free worker takes it up." },
    NEXT_TRY: { description: "It met a transient fault: `nextTryAt` says when a worker tries it again." },
    OTHER_REPLIES: {
      description:
        "The user has as many running replies as the limit allows: a worker takes it up when one of them ends.",
    },
  },
});

const waitsOf = perRequest(
  ({ app }) =>
    new DataLoader(
      async (replies: readonly Message[]) => {
        const waits = await readReplyWaits(app, replies);
        return replies.map(({ id }) => waits.get(id) ?? null);
      },
      { cache: false },
    ),
);

builder.prismaObjectField("Message", "waitingFor", (t) =>
  t.field({
    type: ReplyWait,
    nullable: true,
    description: "What a `PENDING` reply waits for; null for every other message.",
    // With time, and with what becomes of the user's other replies.
    extensions: { uncacheable: true, columns: ["id", "status"] satisfies (keyof Message)[] },
    resolve: (message, _args, context) => waitsOf(context).load(message),
  }),
);
