import DataLoader from "dataloader";
import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { readReplyWaits } from "../reply-wait.ts";

export const ReplyWait = builder.enumType("ReplyWait", {
  description: "What a reply waits for that is `PENDING`.",
  values: {
    WORKER: { description: "Its turn has come: the next worker that is free takes it up." },
    NEXT_TRY: { description: "It met a passing fault: `nextTryAt` says when it is tried again." },
    OTHER_REPLIES: {
      description: "As many of the user's replies as may be are being written: it is taken up when one of them ends.",
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
    extensions: { uncacheable: true },
    resolve: (message, _args, context) => waitsOf(context).load(message),
  }),
);
