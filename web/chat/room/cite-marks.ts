import type { TokenizerExtension, Tokens } from "marked";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";

type Citation = MessageViewFragment["citations"][number];
export type NumberedSource = Readonly<{ number: number; title: string | null; uri: string }>;
export type CiteToken = Tokens.Generic & { type: "cite"; numbers: number[] };

/** Stand around the numbers in the text that is drawn. Texts of models have no characters for private use. */
const [OPEN, CLOSE] = ["\uE000", "\uE001"];
const MARK = /^\uE000([\d,]+)\uE001/;

/** The pages that citations name, each once, in the order of the text. */
export function numberSources(citations: readonly Citation[]): NumberedSource[] {
  const sources = new Map<string, NumberedSource>();
  for (const { uri, title } of citations.flatMap((citation) => citation.sources))
    if (!sources.has(uri)) sources.set(uri, { number: sources.size + 1, title, uri });
  return [...sources.values()];
}

/**
 * Puts the numbers of the sources behind the stretches that rest on them.
 *
 * @param from where this piece of the text stands in the whole, which the citations count from
 */
export function markCitations(
  text: string,
  { from, citations, sources }: { from: number; citations: readonly Citation[]; sources: readonly NumberedSource[] },
): string {
  const numberOf = new Map(sources.map(({ uri, number }) => [uri, number]));
  const marks = citations
    .map(({ end, sources: cited }) => ({
      at: end - from,
      numbers: cited.flatMap(({ uri }) => numberOf.get(uri) ?? []),
    }))
    .filter(({ at, numbers }) => at > 0 && at <= text.length && numbers.length > 0)
    .toSorted((a, b) => b.at - a.at);
  return marks.reduce((marked, { at, numbers }) => {
    const mark = `${OPEN}${[...new Set(numbers)].join(",")}${CLOSE}`;
    return marked.slice(0, at) + mark + marked.slice(at);
  }, text);
}

/** Code is shown, and copied, without them. */
export const withoutMarks = (text: string): string => text.replaceAll(/\uE000[\d,]+\uE001/g, "");

export const citeExtension: TokenizerExtension = {
  name: "cite",
  level: "inline",
  start: (source) => {
    const at = source.indexOf(OPEN ?? "");
    return at < 0 ? undefined : at;
  },
  tokenizer(source): CiteToken | undefined {
    const [raw, numbers] = MARK.exec(source) ?? [];
    return raw === undefined || numbers === undefined
      ? undefined
      : { type: "cite", raw, numbers: numbers.split(",").map(Number) };
  },
};
