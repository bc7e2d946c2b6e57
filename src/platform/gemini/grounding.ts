import type { Source } from "./activity.ts";
import { fieldsOf } from "./chunks.ts";
import { toOneLine, toStorable } from "../text/text.ts";

/** Which stretch of the reply rests on which sources, as Gemini counts: bytes of UTF-8 within one of the reply's parts. */
export type Support = Readonly<{
  /** The part by its index; null where the bytes are of the whole text. */
  part: number | null;
  start: number;
  end: number;
  /** What the stretch says; empty where Gemini does not tell. */
  text: string;
  sources: readonly Source[];
}>;

/** What an event says of the pages that the model has read. */
export type Grounding = Readonly<{
  queries: readonly string[];
  suggestionsHtml: string | null;
  /** Null where Gemini names something that is no page of the web. */
  sources: readonly (Source | null)[];
  supports: readonly Support[];
}>;

/** Gemini's lists have some dozens; what is beyond is not read. */
const MAX_ENTRIES = 1_000;
const MAX_QUERY_LENGTH = 1_000;
const MAX_TITLE_LENGTH = 300;
/** Gemini's links have some 300 characters. */
const MAX_URI_LENGTH = 4_096;
/** A page that a program may link to. */
const LINK = /^https?:\/\/[^\s\p{Cc}\p{Surrogate}]+$/iu;
/** Beyond any reply. */
const MAX_OFFSET = 2 ** 31;

/**
 * Reads a candidate's metadata about the search (https://ai.google.dev/api/generate-content#GroundingMetadata), about the
 * pages it was given, and about texts that it repeats. They may come with any event, and again with each.
 *
 * @returns undefined where there is nothing
 */
export function readGrounding(candidate: unknown): Grounding | undefined {
  const { groundingMetadata, urlContextMetadata, citationMetadata } = fieldsOf<
    "groundingMetadata" | "urlContextMetadata" | "citationMetadata"
  >(candidate);
  if (!groundingMetadata && !urlContextMetadata && !citationMetadata) return undefined;
  const found = [readSearch(groundingMetadata), readPages(urlContextMetadata), readRepeated(citationMetadata)];
  const reports = found.filter((each) => each !== undefined);
  if (reports.length === 0) return undefined;
  return {
    queries: reports.flatMap(({ queries }) => queries),
    suggestionsHtml: reports.find(({ suggestionsHtml }) => suggestionsHtml !== null)?.suggestionsHtml ?? null,
    sources: reports.flatMap(({ sources }) => sources),
    supports: reports.flatMap(({ supports }) => supports),
  };
}

function readSearch(metadata: unknown): Grounding | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const { webSearchQueries, imageSearchQueries, searchEntryPoint, groundingChunks, groundingSupports } = fieldsOf<
    "webSearchQueries" | "imageSearchQueries" | "searchEntryPoint" | "groundingChunks" | "groundingSupports"
  >(metadata);
  const { renderedContent } = fieldsOf<"renderedContent">(searchEntryPoint);
  const sources = listOf(groundingChunks).map(readChunk);
  return {
    queries: [...listOf(webSearchQueries), ...listOf(imageSearchQueries)]
      .map(readQuery)
      .filter((query) => query !== ""),
    suggestionsHtml: typeof renderedContent === "string" && renderedContent !== "" ? toStorable(renderedContent) : null,
    sources,
    supports: listOf(groundingSupports).flatMap((support) => readSupport(support, sources) ?? []),
  };
}

/** A chunk has one field, named for where it comes from: `web`, `image`, `maps`, `retrievedContext`. */
function readChunk(chunk: unknown): Source | null {
  for (const origin of Object.values(fieldsOf(chunk))) {
    const { uri, sourceUri, title } = fieldsOf<"uri" | "sourceUri" | "title">(origin);
    const source = readSource(uri ?? sourceUri, title);
    if (source) return source;
  }
  return null;
}

function readSupport(support: unknown, sources: readonly (Source | null)[]): Support | undefined {
  const { segment, groundingChunkIndices } = fieldsOf<"segment" | "groundingChunkIndices">(support);
  const { partIndex, startIndex, endIndex, text } = fieldsOf<"partIndex" | "startIndex" | "endIndex" | "text">(segment);
  const cited = listOf(groundingChunkIndices)
    .map((index) => sources[readOffset(index) ?? -1] ?? null)
    .filter((source) => source !== null);
  const end = readOffset(endIndex);
  if (end === undefined || cited.length === 0) return undefined;
  // JSON leaves out a number that is 0.
  const [part = 0, start = 0] = [readOffset(partIndex), readOffset(startIndex)];
  return { part, start, end, text: typeof text === "string" ? toStorable(text) : "", sources: cited };
}

/** Pages whose addresses stood in the prompt; one that could not be fetched is none. */
function readPages(metadata: unknown): Grounding | undefined {
  const { urlMetadata } = fieldsOf<"urlMetadata">(metadata);
  const sources = listOf(urlMetadata).flatMap((page) => {
    const { retrievedUrl, urlRetrievalStatus } = fieldsOf<"retrievedUrl" | "urlRetrievalStatus">(page);
    const fetched = urlRetrievalStatus === undefined || urlRetrievalStatus === "URL_RETRIEVAL_STATUS_SUCCESS";
    return fetched ? [readSource(retrievedUrl, undefined)] : [];
  });
  return sources.length === 0 ? undefined : { queries: [], suggestionsHtml: null, sources, supports: [] };
}

/** Texts that the reply repeats (https://ai.google.dev/api/generate-content#citationmetadata). */
function readRepeated(metadata: unknown): Grounding | undefined {
  const { citationSources, citations } = fieldsOf<"citationSources" | "citations">(metadata);
  const supports = [...listOf(citationSources), ...listOf(citations)].flatMap((citation) => {
    const { startIndex, endIndex, uri, title } = fieldsOf<"startIndex" | "endIndex" | "uri" | "title">(citation);
    const end = readOffset(endIndex);
    const source = readSource(uri, title);
    if (end === undefined || !source) return [];
    return [{ part: null, start: readOffset(startIndex) ?? 0, end, text: "", sources: [source] }];
  });
  return supports.length === 0 ? undefined : { queries: [], suggestionsHtml: null, sources: [], supports };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MAX_ENTRIES) : []);

const readQuery = (query: unknown): string =>
  typeof query === "string" ? toStorable(query.slice(0, MAX_QUERY_LENGTH)).trim() : "";

function readSource(uri: unknown, title: unknown): Source | null {
  if (typeof uri !== "string" || uri.length > MAX_URI_LENGTH || !LINK.test(uri)) return null;
  const line = typeof title === "string" ? toOneLine(title.slice(0, MAX_TITLE_LENGTH)).trim() : "";
  return { title: line === "" ? null : line, uri };
}

/** A place in a text; what is before its beginning is its beginning. Also as text, in which JSON may write a number. */
function readOffset(value: unknown): number | undefined {
  const offset = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof offset !== "number" || !Number.isInteger(offset)) return undefined;
  return Math.min(Math.max(offset, 0), MAX_OFFSET);
}
