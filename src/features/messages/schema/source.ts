import type { Source } from "../../../platform/gemini/activity.ts";
import { builder } from "../../../graphql/builder.ts";

export const SourceType = builder.objectRef<Source>("Source").implement({
  description: "A page of the web that the model has read.",
  fields: (t) => ({
    title: t.exposeString("title", { nullable: true, description: "The page's title; null where Google tells none." }),
    uri: t.exposeString("uri", {
      description: "Where to find it, with `http` or `https`. Of a search it leads over Google to the page.",
    }),
  }),
});

/** What a list of a few things costs, each with its fields. */
export const SHORT_LIST = { field: 1, multiplier: 3 };
