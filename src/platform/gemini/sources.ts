import { MAX_ACTIVITY_BYTES, type ActivityDetail, type Citation } from "./activity.ts";
import { inBatches, jsonBytes } from "./activity-list.ts";
import type { CitedText } from "./cited-text.ts";
import type { Grounding, Support } from "./grounding.ts";
import { unsupported } from "./parts.ts";

type SourceDetail = Extract<ActivityDetail, { kind: "SEARCH" | "CITATIONS" | "UNSUPPORTED" }>;

/** What a reply rests on, put together from what its events say, and say again. */
export type Sources = Readonly<{
  /**
   * @param grounding what an event says, if it says anything
   * @param text the reply so far, storable
   * @returns what is new in it, and what of the stretches that came before can be found by now
   */
  push(grounding: Grounding | undefined, text: string): SourceDetail[];
  /** What is left when nothing more comes of the text. */
  end(text: string): SourceDetail[];
}>;

/** Queries, pages and stretches of one reply. Gemini's replies have some dozens. */
const MAX_KNOWN = 5_000;
/** What follows a stretch may belong to its last character: it is reported when so much more text has come, in UTF-16 units. */
const SETTLED_UNITS = 256;
/** One list in an activity, in bytes: no activity has more than three. */
const MAX_LIST_BYTES = Math.floor(MAX_ACTIVITY_BYTES / 3) - 1_024;

export function createSources(cited: CitedText): Sources {
  const known = new Set<string>();
  let pending: { support: Support; from: number }[] = [];

  function isNew(key: string): boolean {
    if (known.has(key) || known.size >= MAX_KNOWN) return false;
    known.add(key);
    return true;
  }

  function readSearch({ queries, suggestionsHtml, sources }: Grounding): SourceDetail[] {
    const asked = [
      ...inBatches(
        queries.filter((query) => isNew(`query ${query}`)),
        MAX_LIST_BYTES,
      ),
    ];
    const pages = sources.filter((source) => source !== null).filter(({ uri }) => isNew(`page ${uri}`));
    const read = [...inBatches(pages, MAX_LIST_BYTES)];
    const html = suggestionsHtml !== null && isNew(`html ${suggestionsHtml}`) ? suggestionsHtml : null;
    // Google wants it shown as it is, so it is never cut.
    const fits = html === null || jsonBytes(html) <= MAX_LIST_BYTES;
    const details: SourceDetail[] = [];
    for (let at = 0; at < Math.max(asked.length, read.length, html !== null && fits ? 1 : 0); at += 1) {
      const suggestions = at === 0 && fits ? html : null;
      details.push({ kind: "SEARCH", queries: asked[at] ?? [], suggestionsHtml: suggestions, sources: read[at] ?? [] });
    }
    if (!fits) {
      const bytes = Buffer.byteLength(html);
      details.push({ ...unsupported("search suggestions"), mimeType: "text/html", bytes });
    }
    if (sources.includes(null) && isNew("other source")) details.push(unsupported("source"));
    return details;
  }

  function keep(supports: readonly Support[], from: number): void {
    for (const support of supports) {
      const { part, start, end, sources } = support;
      if (isNew(JSON.stringify([part, start, end, sources.map(({ uri }) => uri)]))) pending.push({ support, from });
    }
  }

  function findCitations(text: string, isWhole: boolean): SourceDetail[] {
    if (pending.length === 0) return [];
    const citations: Citation[] = [];
    pending = pending.filter(({ support, from }) => {
      if (!isWhole && text.length < from + SETTLED_UNITS) return true;
      const span = cited.locate(support, text, isWhole);
      if (!span) return span === undefined;
      for (const sources of inBatches(support.sources, MAX_LIST_BYTES / 2)) citations.push({ ...span, sources });
      return false;
    });
    return [...inBatches(citations, MAX_LIST_BYTES)].map((batch) => ({ kind: "CITATIONS", citations: batch }));
  }

  return {
    push(grounding, text) {
      if (!grounding) return findCitations(text, false);
      keep(grounding.supports, text.length);
      return [...readSearch(grounding), ...findCitations(text, false)];
    },
    end: (text) => findCitations(text, true),
  };
}
