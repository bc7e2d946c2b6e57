import { builder } from "../../../graphql/builder.ts";
import { stopReply } from "../stop-reply.ts";

builder.mutationField("stopReply", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: "Message",
    description:
      "Stops a reply: the model's request is aborted, and the text so far is saved before this returns, with status `STOPPED`. A reply that has ended stays as it is.",
    args: { messageId: t.arg.id({ required: true, description: "The reply to stop." }) },
    resolve: (_root, { messageId }, { app, viewer }) => stopReply(app, viewer.userId, messageId),
  }),
);
