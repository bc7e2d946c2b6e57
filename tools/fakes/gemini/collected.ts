import { replyChunk, type Answer, type ChunkContent } from "./payloads.ts";
import { estimateTokens, type Counts, type Usage } from "./usage.ts";

type Part = Readonly<Record<string, unknown>>;
type Event = Readonly<{ candidates?: readonly Readonly<{ content?: Readonly<{ parts?: readonly Part[] }> }>[] }>;

/** What has come of an answer so far, as a request that is not streamed gets it at once. */
export type Collected = Readonly<{
  add(chunk: Omit<ChunkContent, "replyTokens" | "counts">): void;
  addEvent(event: unknown): void;
  /** Without thoughts. */
  text(): string;
  whole(answer: Answer, counts: Counts): object;
}>;

/** Nothing yet. */
export function createCollected(): Collected {
  const parts: Part[] = [];
  const events: Event[] = [];
  let text = "";
  let finish: string | undefined;
  let usage: Usage | undefined;
  let candidate: Readonly<Record<string, unknown>> = {};

  /** Text goes on in the part before, if that is text of the same kind; so does a signature. */
  function addText(next: string, more: { thought?: true; thoughtSignature?: string }): void {
    const last = parts.at(-1);
    const before = last?.["thought"] === more.thought ? last?.["text"] : undefined;
    if (typeof before === "string") parts[parts.length - 1] = { ...last, text: before + next, ...more };
    else if (next !== "" || more.thoughtSignature !== undefined) parts.push({ text: next, ...more });
  }

  return {
    add(chunk) {
      if (chunk.part !== undefined) parts.push(chunk.part as Part);
      if (chunk.text !== undefined) {
        if (!chunk.thought) text += chunk.text;
        addText(chunk.text, {
          ...(chunk.thought && { thought: true }),
          ...(chunk.signature !== undefined && { thoughtSignature: chunk.signature }),
        });
      }
      finish = chunk.finish ?? finish;
      usage = chunk.usage ?? usage;
      candidate = { ...candidate, ...chunk.candidate };
    },
    addEvent(event) {
      events.push(event as Event);
    },
    text: () => text,
    whole(answer, counts) {
      const last = events.at(-1);
      if (last) return joined(events, last);
      const content = { text: "", finish, usage, candidate, parts, replyTokens: estimateTokens(text), counts };
      return replyChunk(answer, content);
    },
  };
}

/** A recorded stream as one answer. */
function joined(events: readonly Event[], last: Event): object {
  const [candidate] = last.candidates ?? [];
  if (events.length === 1 || !candidate) return last;
  const parts = events.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  return { ...last, candidates: [{ ...candidate, content: { ...candidate.content, parts } }] };
}
