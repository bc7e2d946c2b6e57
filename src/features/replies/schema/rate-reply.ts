import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { MAX_RATING_TAG, MAX_RATING_TEXT, rateReply } from "../rate-reply.ts";
import { RatingValue } from "./rating.ts";

const RateReplyInput = builder.inputType("RateReplyInput", {
  description: "All that the user thinks of a reply: it replaces what was stored before.",
  fields: (t) => ({
    messageId: t.id({ required: true, description: "The reply, which must have ended." }),
    value: t.field({ type: RatingValue, description: "Whether it was good; null removes the rating." }),
    tag: t.string({
      description: `A reason in a word or two, in one line of at most ${MAX_RATING_TAG} characters (Unicode code points).`,
    }),
    text: t.string({
      description: `The reason in the user's own words, at most ${MAX_RATING_TEXT} UTF-16 code units.`,
    }),
  }),
});

const RateReplyPayload = builder.objectRef<{ message: Message }>("RateReplyPayload").implement({
  description: "The reply that was rated.",
  fields: (t) => ({
    message: t.expose("message", { type: "Message", description: "The reply with its rating as it is now." }),
  }),
});

builder.mutationField("rateReply", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: RateReplyPayload,
    description:
      "Stores what the user thinks of a reply, one rating for each. A retry of the reply removes it. Fails with `REPLY_IN_PROGRESS` for a reply that has not ended.",
    args: { input: t.arg({ type: RateReplyInput, required: true, description: "The reply, and what it was like." }) },
    resolve: async (_root, { input }, { app, viewer }) => ({ message: await rateReply(app, viewer.userId, input) }),
  }),
);
