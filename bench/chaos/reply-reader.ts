import type { ChaosReplySubscription } from "../../tools/generated/graphql/graphql.ts";

export type Chunk = ChaosReplySubscription["replyStream"];

/** What a client makes of a reply's chunks, and what was wrong with them. */
export type ReplyReader = Readonly<{
  /** @returns whether the chunk told anything new */
  take(chunk: Chunk): boolean;
  position(): { attempt: number; offset: number };
  state(): Readonly<{ text: string; attempt: number; status: string | null; final: Chunk["message"] }>;
  /** Breaches of the protocol, in words. */
  breaches: readonly string[];
}>;

/** Joins chunks by the rule in the schema, and looks closer than a client has to. */
export function createReplyReader(): ReplyReader {
  let text = "";
  let attempt = 0;
  let status: string | null = null;
  let final: Chunk["message"] = null;
  const breaches: string[] = [];

  return {
    breaches,
    position: () => ({ attempt, offset: text.length }),
    state: () => ({ text, attempt, status, final }),
    take(chunk) {
      if (final) breaches.push("a chunk after the last");
      if (chunk.attempt < attempt) breaches.push(`attempt ${chunk.attempt} after attempt ${attempt}`);
      const isNew = chunk.attempt > attempt || chunk.status !== status || chunk.message !== null;
      if (chunk.attempt > attempt) text = "";
      attempt = chunk.attempt;
      status = chunk.status;
      final = chunk.message ?? null;

      const known = text;
      if (chunk.offset > known.length) breaches.push(`a gap: offset ${chunk.offset} after ${known.length}`);
      text = known.slice(0, chunk.offset) + chunk.text;
      if (!text.startsWith(known)) breaches.push(`known text was changed at ${chunk.offset} of ${known.length}`);
      return isNew || text.length > known.length;
    },
  };
}
