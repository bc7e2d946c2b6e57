import { builder } from "../../../graphql/builder.ts";
import { retryReply } from "../retry-reply.ts";

builder.mutationField("retryReply", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: "Message",
    description:
      "Starts a reply over that failed or was blocked, as its next attempt. Fails with `CONFLICT` when the conversation has gone on, with `REPLY_IN_PROGRESS` or `QUOTA_EXCEEDED`.",
    args: { messageId: t.arg.id({ required: true, description: "The reply to start over." }) },
    resolve: (_root, { messageId }, { app, viewer }) => retryReply(app, viewer.userId, messageId),
  }),
);
