import type { DocumentNode } from "graphql";

/** Documents that are parsed and valid, by their source. The one that was not asked for the longest goes first. */
export type DocumentCache = Readonly<{
  get(source: string): DocumentNode | undefined;
  /** Does nothing for a document that is not of ordinary size. */
  set(source: string, document: DocumentNode): void;
}>;

/** Longer documents are parsed and validated each time, in UTF-16 code units. GraphiQL's introspection has 1,700. */
export const MAX_CACHED_LENGTH = 8 * 1024;
/** Source of all documents together, in UTF-16 code units. Parsed documents take up to 100 times as much. */
const MAX_TOTAL_LENGTH = 256 * 1024;
/** What even the shortest document takes, in the same measure. */
const OVERHEAD = 256;

export function createDocumentCache(maxTotal: number = MAX_TOTAL_LENGTH): DocumentCache {
  const documents = new Map<string, DocumentNode>();
  let total = 0;
  return {
    get(source) {
      const document = documents.get(source);
      if (!document) return undefined;
      // A map is in the order of insertion.
      documents.delete(source);
      documents.set(source, document);
      return document;
    },
    set(source, document) {
      if (source.length > MAX_CACHED_LENGTH || documents.has(source)) return;
      documents.set(source, document);
      total += source.length + OVERHEAD;
      for (const [oldest] of documents) {
        if (total <= maxTotal) break;
        documents.delete(oldest);
        total -= oldest.length + OVERHEAD;
      }
    },
  };
}
