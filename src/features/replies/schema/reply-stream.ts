import { builder } from "../../../graphql/builder.ts";
import { selectsField } from "../../../graphql/selects-field.ts";
import { findReply } from "../find-reply.ts";
import { ReplyChunk } from "./reply-chunk.ts";

builder.subscriptionField("replyStream", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ReplyChunk,
    description:
      "A reply as it is written. To resume after a lost connection, give the `attempt` and the length of the text you have, and of thoughts and activities, where you select them: nothing is missed and nothing comes twice. Completes after the last chunk; a reply that has ended has one chunk only.",
    args: {
      messageId: t.arg.id({ required: true, description: "The reply to follow." }),
      attempt: t.arg.int({
        defaultValue: 0,
        description: "The attempt that your text belongs to; 0 when you have none.",
      }),
      offset: t.arg.int({ defaultValue: 0, description: "The length of the text you have, in UTF-16 code units." }),
      thoughtOffset: t.arg.int({
        defaultValue: 0,
        description: "The length of the thoughts you have, in UTF-16 code units.",
      }),
      activity: t.arg.int({ defaultValue: 0, description: "How many activities you have." }),
    },
    subscribe: async (_root, { messageId, ...position }, { app, feeds, viewer }, info) => {
      const reply = await findReply(app, viewer.userId, messageId);
      const wants = { thought: selectsField(info, "thought"), activities: selectsField(info, "activities") };
      const replies = wants.thought || wants.activities ? feeds.repliesInParts : feeds.replies;
      return replies.watch(reply.id, {
        attempt: position.attempt ?? 0,
        offset: position.offset ?? 0,
        thoughtOffset: wants.thought ? (position.thoughtOffset ?? 0) : 0,
        activity: wants.activities ? (position.activity ?? 0) : 0,
        wants,
        status: null,
        waitingFor: null,
      });
    },
    extensions: { isEvent: true },
    resolve: (chunk) => chunk,
  }),
);
