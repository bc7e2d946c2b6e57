import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import { LONG_TEXT } from "../../../graphql/operation-limits.ts";
import type { MessagePart as Part } from "../parts-of.ts";
import { SHORT_LIST, SourceType } from "./source.ts";

type PartOf<Kind extends Part["kind"]> = Extract<Part, { kind: Kind }>;

const TextPart = builder.objectRef<PartOf<"TEXT">>("TextPart").implement({
  description: "Text that was written to be read.",
  fields: (t) => ({
    text: t.string({
      complexity: LONG_TEXT,
      description: "The text, without the notes that `content` has for other parts.",
      resolve: ({ text }, _args, context) => countText(text, context),
    }),
  }),
});

const ThoughtPart = builder.objectRef<PartOf<"THOUGHT">>("ThoughtPart").implement({
  description: "A stretch of what the model thought, if the room shows thoughts. Only its user sees it.",
  fields: (t) => ({
    text: t.string({
      complexity: LONG_TEXT,
      description: "The provider's summary of the thoughts.",
      resolve: ({ text }, _args, context) => countText(text, context),
    }),
    durationMs: t.exposeInt("durationMs", {
      nullable: true,
      description: "How long the model thought, in milliseconds; null if it was interrupted.",
    }),
    truncated: t.exposeBoolean("truncated", {
      description: "Whether there was more: the thoughts of one reply are kept up to 200 KB.",
    }),
  }),
});

const SearchPart = builder.objectRef<PartOf<"SEARCH">>("SearchPart").implement({
  description: "A search of the model's, or pages that it was given to read.",
  fields: (t) => ({
    queries: t.exposeStringList("queries", { complexity: SHORT_LIST, description: "What the model searched for." }),
    suggestionsHtml: t.string({
      nullable: true,
      complexity: LONG_TEXT,
      description:
        "Google's search suggestions, HTML with CSS. Google's terms want them shown unmodified beside the reply. It is somebody else's markup: show it in an `iframe` with `sandbox=\"allow-popups allow-popups-to-escape-sandbox\"`, never in your own page.",
      resolve: ({ suggestionsHtml }, _args, context) => countText(suggestionsHtml, context),
    }),
    sources: t.field({
      type: [SourceType],
      complexity: SHORT_LIST,
      description: "The pages that the model has read.",
      resolve: ({ sources }) => [...sources],
    }),
  }),
});

const CodePart = builder.objectRef<PartOf<"CODE">>("CodePart").implement({
  description: "A program that the model wrote and its provider ran.",
  fields: (t) => ({
    language: t.exposeString("language", { description: "The provider's name of the language, such as `PYTHON`." }),
    code: t.string({
      complexity: LONG_TEXT,
      description: "The program's text; a very long one is cut, and says so at its end.",
      resolve: ({ code }, _args, context) => countText(code, context),
    }),
  }),
});

const CodeResultPart = builder.objectRef<PartOf<"CODE_RESULT">>("CodeResultPart").implement({
  description: "What came of the program before it.",
  fields: (t) => ({
    outcome: t.exposeString("outcome", {
      description: "The provider's word for how it ended: `OUTCOME_OK`, `OUTCOME_FAILED`, `OUTCOME_DEADLINE_EXCEEDED`.",
    }),
    output: t.string({
      complexity: LONG_TEXT,
      description: "What the program wrote; a very long text is cut, and says so at its end.",
      resolve: ({ output }, _args, context) => countText(output, context),
    }),
  }),
});

const UnsupportedPart = builder.objectRef<PartOf<"UNSUPPORTED">>("UnsupportedPart").implement({
  description: "Something that the model gave and that cannot be shown yet.",
  fields: (t) => ({
    kind: t.exposeString("what", {
      description:
        "What it is, such as `image` or `function call`; `MORE` for all that is beyond the limits of a reply.",
    }),
    mimeType: t.exposeString("mimeType", { nullable: true, description: "Its media type, such as `image/png`." }),
    bytes: t.exposeInt("bytes", { nullable: true, description: "How large it is, as far as that is known." }),
  }),
});

const TYPES: Readonly<Record<Part["kind"], string>> = {
  TEXT: "TextPart",
  THOUGHT: "ThoughtPart",
  SEARCH: "SearchPart",
  CODE: "CodePart",
  CODE_RESULT: "CodeResultPart",
  UNSUPPORTED: "UnsupportedPart",
};

export const MessagePart = builder.unionType("MessagePart", {
  description:
    "A part of a message: text, or something that stands between texts. More types may come: skip the unknown.",
  types: [TextPart, ThoughtPart, SearchPart, CodePart, CodeResultPart, UnsupportedPart],
  resolveType: ({ kind }) => TYPES[kind],
});
