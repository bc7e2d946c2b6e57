/** How a search is reported. */
export type Search = Readonly<{
  /** Pages found; with 0 only the queries are reported, as Gemini often does. */
  sources: number;
  queries: number;
  /** With the last chunk; or in three pieces while the text grows; or the whole in mid-text and again at the end. */
  at: "end" | "pieces" | "twice";
}>;

const URL_BASE = "https://example.com/grounding-api-redirect";
const TOPICS = ["Weather", "Trains", "Bridges", "Gardens", "Music", "Maps"];

/**
 * The `groundingMetadata` of a text: each sentence is supported by one page, and every second one by two. Offsets count
 * bytes of UTF-8 within the part; a zero is left out, as in all JSON of Google's.
 *
 * @param partIndex which part of the whole answer the text is
 * @param from where the sentences with sources begin, in UTF-16 code units
 */
export function groundingMetadata(
  search: Search,
  text: { prompt: string; text: string; partIndex: number; from?: number },
) {
  const queries = Array.from({ length: search.queries }, (_, index) => queryOf(text.prompt, index));
  const chunks = Array.from({ length: search.sources }, (_, index) => sourceOf(index));
  return {
    webSearchQueries: queries,
    searchEntryPoint: { renderedContent: suggestions(queries) },
    ...(chunks.length > 0 && { groundingChunks: chunks, groundingSupports: supportsOf(search, text) }),
  };
}

function supportsOf(search: Search, { text, partIndex, from = 0 }: { text: string; partIndex: number; from?: number }) {
  const sentences = Array.from(text.matchAll(/[^\s.!?。][^.!?。\n]*[.!?。]?/g)).filter(({ index }) => index >= from);
  return sentences.map(({ 0: sentence, index }, at) => {
    const startIndex = Buffer.byteLength(text.slice(0, index));
    const both = at % 2 === 0 && search.sources > 1;
    return {
      segment: {
        ...(partIndex > 0 && { partIndex }),
        ...(startIndex > 0 && { startIndex }),
        endIndex: startIndex + Buffer.byteLength(sentence),
        text: sentence,
      },
      groundingChunkIndices: [at % search.sources, ...(both ? [(at + 1) % search.sources] : [])],
    };
  });
}

function queryOf(prompt: string, index: number): string {
  const words = prompt.replace(/\s+/g, " ").trim().slice(0, 60) || "colloquy";
  return index === 0 ? words : `${words} ${TOPICS[index % TOPICS.length]?.toLowerCase()}`;
}

function sourceOf(index: number) {
  const topic = TOPICS[index % TOPICS.length] ?? "";
  return { web: { uri: `${URL_BASE}/${topic.toLowerCase()}-${index}`, title: `${topic} & more – example.com` } };
}

/** Google's search suggestions: HTML with its own style, to be shown as it is. */
function suggestions(queries: readonly string[]): string {
  const chips = queries.map(
    (query) =>
      `<a class="chip" href="https://www.google.com/search?q=${encodeURIComponent(query)}">${toHtml(query)}</a>`,
  );
  return (
    "<style>\n.container { display: flex; padding: 8px 12px; border-radius: 8px; background: #f2f3f5; font-family: sans-serif; }\n" +
    ".chip { display: inline-block; padding: 5px 16px; border: 1px solid #d2d2d2; border-radius: 16px; background: #fff; color: #1f1f1f; font-size: 14px; text-decoration: none; }\n" +
    "@media (prefers-color-scheme: dark) { .container { background: #2f3034; } .chip { border-color: #3c4043; background: #1f2023; color: #e8eaed; } }\n" +
    `</style>\n<div class="container">\n  <div class="carousel">\n    ${chips.join("\n    ")}\n  </div>\n</div>\n`
  );
}

function toHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
