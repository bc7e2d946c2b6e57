import type { Message, MessageRating } from "../../../generated/prisma/client.ts";
import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import { LONG_TEXT } from "../../../graphql/operation-limits.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createRatingLoader } from "../read-ratings.ts";

const ratingsOf = perRequest(({ app }) => createRatingLoader(app));

export const RatingValue = builder.enumType("RatingValue", {
  description: "Whether a reply was good.",
  values: {
    UP: { description: "The reply was good." },
    DOWN: { description: "The reply was not good." },
  } as const,
});

const Rating = builder.objectRef<MessageRating>("Rating").implement({
  description: "What the user thinks of a reply.",
  fields: (t) => ({
    value: t.expose("value", { type: RatingValue, description: "Whether it was good." }),
    tag: t.exposeString("tag", {
      nullable: true,
      description: "A reason in a word or two, as the client offers them.",
    }),
    text: t.string({
      nullable: true,
      complexity: LONG_TEXT,
      description: "The reason in the user's own words.",
      resolve: ({ text }, _args, context) => countText(text, context),
    }),
  }),
});

builder.prismaObjectField("Message", "rating", (t) =>
  t.field({
    type: Rating,
    nullable: true,
    extensions: { columns: ["id", "role"] satisfies (keyof Message)[] },
    description: "What the user thinks of this reply, as `rateReply` stored it; null where nothing was said.",
    resolve: ({ id, role }, _args, context) => (role === "ASSISTANT" ? ratingsOf(context).load(id) : null),
  }),
);
