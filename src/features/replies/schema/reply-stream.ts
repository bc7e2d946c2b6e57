import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import { LONG_TEXT } from "../../../graphql/operation-limits.ts";
import { findReply } from "../find-reply.ts";
import type { ReplyEvent } from "../reply-log.ts";
import { ReplyWait } from "./reply-wait.ts";

const ReplyChunk = builder.objectRef<ReplyEvent>("ReplyChunk").implement({
  description:
    "A piece of a reply. On a higher `attempt` start over with an empty text; then `text = text.slice(0, offset) + chunk.text`. The first chunk brings everything from the position asked for, also when it is empty; the last one has a final `status` and the `message`.",
  fields: (t) => ({
    messageId: t.exposeID("messageId", { description: "The reply this belongs to." }),
    attempt: t.exposeInt("attempt", {
      description: "The attempt that the text belongs to; it only rises. 0: no worker has taken the reply up yet.",
    }),
    offset: t.exposeInt("offset", {
      description: "Where `text` stands in the reply, in UTF-16 code units, as JavaScript's `length` counts.",
    }),
    text: t.string({
      complexity: LONG_TEXT,
      description: "The text from `offset` on.",
      resolve: ({ text }, _args, context) => countText(text, context),
    }),
    status: t.expose("status", { type: "MessageStatus", description: "The progress of the reply." }),
    waitingFor: t.expose("waitingFor", {
      type: ReplyWait,
      nullable: true,
      description: "What a `PENDING` reply waits for; a chunk without text announces a change.",
    }),
    message: t.expose("message", {
      type: "Message",
      nullable: true,
      description: "The finished reply, with the last chunk only.",
    }),
  }),
});

builder.subscriptionField("replyStream", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ReplyChunk,
    description:
      "A reply as it is written. To resume after a lost connection, give the `attempt` and the length of the text you have: nothing is missed and nothing comes twice. Completes after the last chunk; a reply that has ended has one chunk only.",
    args: {
      messageId: t.arg.id({ required: true, description: "The reply to follow." }),
      attempt: t.arg.int({
        defaultValue: 0,
        description: "The attempt that your text belongs to; 0 when you have none.",
      }),
      offset: t.arg.int({ defaultValue: 0, description: "The length of the text you have, in UTF-16 code units." }),
    },
    subscribe: async (_root, { messageId, attempt, offset }, { app, feeds, viewer }) => {
      const reply = await findReply(app, viewer.userId, messageId);
      return feeds.replies.watch(reply.id, {
        attempt: attempt ?? 0,
        offset: offset ?? 0,
        thoughtOffset: 0,
        activity: 0,
        wants: { thought: false, activities: false },
        status: null,
        waitingFor: null,
      });
    },
    resolve: (chunk) => chunk,
  }),
);
