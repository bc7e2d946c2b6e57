import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import { activityPart, type ActivityAndThoughts } from "../activity-part.ts";

const ActivityKind = builder.enumType("ActivityKind", {
  description: "What the model did.",
  values: {
    THOUGHT: { description: "It has thought for a while, and goes on: a `ThoughtPart`." },
    SEARCH: { description: "It has searched the web, or read pages: a `SearchPart`." },
    CODE: { description: "It wrote code that is run at the provider's: a `CodePart`." },
    CODE_RESULT: { description: "Its code has been run: a `CodeResultPart`." },
    CITATIONS: { description: "It names the sources of stretches of the text: no part, but `citations`." },
    UNSUPPORTED: { description: "It gave something that cannot be shown yet: an `UnsupportedPart`." },
  },
});

export const ActivityType = builder.objectRef<ActivityAndThoughts>("Activity").implement({
  description:
    "Something that the model did beside writing. It never changes. Those of an attempt are a list that only grows, `seq` being the index.",
  fields: (t) => ({
    seq: t.int({
      description: "Its place among the activities of the attempt, from 0 on.",
      resolve: ({ activity }) => activity.seq,
    }),
    at: t.int({
      description:
        "Where in the reply's text it stands, in UTF-16 code units: text before it came before. It may come before that text does.",
      resolve: ({ activity }) => activity.at,
    }),
    noteLength: t.int({
      description:
        "How many UTF-16 code units of the text, from `at` on, are a note that stands for it, such as `[image/png left out]`, with the blank line before it: leave them out where the part is shown.",
      resolve: ({ activity }) => activity.noteLength,
    }),
    thoughtEnd: t.int({
      nullable: true,
      description:
        "Of a `THOUGHT`, up to where in the attempt's thoughts it reaches, in UTF-16 code units; who has the thoughts need not select the part's text.",
      resolve: ({ activity }) => (activity.kind === "THOUGHT" ? activity.thoughtEnd : null),
    }),
    kind: t.field({ type: ActivityKind, description: "What it was.", resolve: ({ activity }) => activity.kind }),
    part: t.field({
      type: "MessagePart",
      nullable: true,
      description: "What it is in the message's `parts`; null of `CITATIONS`.",
      resolve: (told, _args, context) => {
        // A search has many short texts, which count together.
        if (told.activity.kind === "SEARCH") countText(JSON.stringify(told.activity), context);
        return activityPart(told);
      },
    }),
    citations: t.field({
      type: ["Citation"],
      description: "Of `CITATIONS`, which stretches of the text rest on which sources.",
      resolve: ({ activity }, _args, context) => {
        if (activity.kind !== "CITATIONS") return [];
        countText(JSON.stringify(activity), context);
        return [...activity.citations];
      },
    }),
  }),
});
