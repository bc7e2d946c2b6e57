import { builder } from "../../../graphql/builder.ts";
import { retryReply } from "../retry-reply.ts";

builder.mutationField("retryReply", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: "Message",
    description:
      "Retries a reply that failed or was blocked, as its next attempt. Fails with `CONFLICT` when a later message follows the reply, and with `REPLY_IN_PROGRESS`, `QUOTA_EXCEEDED` or `MODEL_NOT_ALLOWED`.",
    args: { messageId: t.arg.id({ required: true, description: "The reply to retry." }) },
    resolve: (_root, { messageId }, { app, viewer }) => retryReply(app, viewer.userId, messageId),
  }),
);
