import type { Citation } from "../../../platform/gemini/activity.ts";
import { builder } from "../../../graphql/builder.ts";
import { SHORT_LIST, SourceType } from "./source.ts";

export const CitationType = builder.objectRef<Citation>("Citation").implement({
  description: "A stretch of a message's `content`, and the pages it rests on.",
  fields: (t) => ({
    start: t.exposeInt("start", {
      description:
        "Where the stretch begins in `content`, in UTF-16 code units, as JavaScript counts; no character is cut.",
    }),
    end: t.exposeInt("end", { description: "Where the stretch ends in `content`, in UTF-16 code units." }),
    sources: t.field({
      type: [SourceType],
      complexity: SHORT_LIST,
      description: "The pages, at least one.",
      resolve: ({ sources }) => [...sources],
    }),
  }),
});
