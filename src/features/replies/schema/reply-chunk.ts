import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import { LONG_TEXT } from "../../../graphql/operation-limits.ts";
import type { ReplyEvent } from "../reply-log.ts";
import { ActivityType } from "./activity.ts";
import { ReplyWait } from "./reply-wait.ts";

const TextPiece = builder.objectRef<{ offset: number; text: string }>("TextPiece").implement({
  description: "A piece of a text that grows: `whole = whole.slice(0, offset) + text`.",
  fields: (t) => ({
    offset: t.exposeInt("offset", { description: "Where it stands in the whole, in UTF-16 code units." }),
    text: t.string({
      complexity: LONG_TEXT,
      description: "The text from `offset` on.",
      extensions: { reads: "text" },
      resolve: ({ text }, _args, context) => countText(text, context),
    }),
  }),
});

export const ReplyChunk = builder.objectRef<ReplyEvent>("ReplyChunk").implement({
  description:
    "A piece of a reply. On a higher `attempt` start over with an empty text, no thoughts and no activities; then `text = text.slice(0, offset) + chunk.text`. The first chunk brings everything from the position asked for, also when it is empty; the last one has a final `status` and the `message`.",
  fields: (t) => ({
    messageId: t.exposeID("messageId", { description: "The reply this belongs to." }),
    attempt: t.exposeInt("attempt", {
      description:
        "The attempt that the text belongs to; it only rises. 0: no worker has taken the reply up yet. After a worker has stopped, as in a deploy, the next attempt begins with the text so far, or from nothing if the model does not go on with it.",
    }),
    offset: t.exposeInt("offset", {
      description: "Where `text` stands in the reply, in UTF-16 code units, as JavaScript's `length` counts.",
    }),
    text: t.string({
      complexity: LONG_TEXT,
      description: "The text from `offset` on.",
      extensions: { reads: "text" },
      resolve: ({ text }, _args, context) => countText(text, context),
    }),
    thought: t.expose("thought", {
      type: TextPiece,
      nullable: true,
      description:
        "What is new of the model's thoughts, which are a text of their own by the same rule; null when nothing is. Who does not select it is sent no chunk because of thoughts.",
    }),
    activity: t.exposeInt("activity", {
      description:
        "How many activities stand before `activities`: `all = [...all.slice(0, chunk.activity), ...chunk.activities]`. 0 where `activities` is not selected.",
    }),
    activities: t.field({
      type: [ActivityType],
      description: "What the model did since, in order. Who does not select it is sent no chunk because of activities.",
      extensions: { reads: "activities" },
      resolve: ({ activities, thoughts }) => activities.map((activity) => ({ activity, thoughts })),
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
