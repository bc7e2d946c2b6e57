import type { ChatMessage, Source } from "./room-documents.ts";

/** The sources of a message, each once: those that it cites, and those that the model found. */
export function sourcesOf({ parts, citations }: Pick<ChatMessage, "parts" | "citations">): Source[] {
  const all = [...parts, ...citations].flatMap((each) => ("sources" in each ? each.sources : []));
  return [...new Map(all.map((source) => [source.uri, source])).values()];
}
