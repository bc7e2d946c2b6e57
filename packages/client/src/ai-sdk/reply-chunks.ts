import type { InferUIMessageChunk } from "ai";
import type { ReplyActivity } from "../documents.ts";
import type { ReplyInParts } from "../reply/reply-parts.ts";
import type { ChatMessage, Source } from "../room/room-documents.ts";
import { toSource, type ColloquyUiMessage, type OtherPart } from "./ui-messages.ts";

export type UiChunk = InferUIMessageChunk<ColloquyUiMessage>;

type Reply = ReplyInParts<ChatMessage, ReplyActivity>;

/** Stands between a note and the text after it. */
const GAP = "\n\n";

/**
 * Turns the states of a reply, each of which has all of it, into chunks of what is new: a UI message only grows.
 *
 * @param write takes the chunks
 */
export function createReplyChunks(write: (chunk: UiChunk) => void): { take(reply: Reply): void } {
  let attempt = 0;
  let text = 0;
  let thought = 0;
  let activities = 0;
  let noteEnd = -1;
  let parts = 0;
  let open: { kind: "text" | "reasoning"; id: string } | null = null;
  let sources = new Set<string>();
  let before: Reply | null = null;

  function close(): void {
    if (open) write({ type: `${open.kind}-end`, id: open.id });
    open = null;
  }

  function append(kind: "text" | "reasoning", delta: string): void {
    if (delta === "") return;
    if (open?.kind !== kind) {
      close();
      open = { kind, id: String((parts += 1)) };
      write({ type: `${kind}-start`, id: open.id });
    }
    write({ type: `${kind}-delta`, id: open.id, delta });
  }

  function appendText(all: string, end: number): void {
    let piece = all.slice(text, end);
    if (text === noteEnd) {
      // What follows a note begins after a gap, which may not be there yet.
      if (GAP.startsWith(piece)) return;
      if (piece.startsWith(GAP)) piece = piece.slice(GAP.length);
    }
    append("text", piece);
    text = Math.max(text, end);
  }

  function appendThought(all: string, end: number): void {
    append("reasoning", all.slice(thought, end));
    thought = Math.max(thought, end);
  }

  function takeActivity(reply: Reply, { at, noteLength, thoughtEnd, part, citations }: ReplyActivity): void {
    if (part) {
      appendText(reply.text, at);
      if (noteLength > 0) noteEnd = text = Math.max(text, at + noteLength);
      if (thoughtEnd !== null) appendThought(reply.thought, thoughtEnd);
      close();
      if (isOther(part)) write({ type: "data-part", id: String((parts += 1)), data: part });
      if (part.__typename === "SearchPart") takeSources(part.sources);
    }
    for (const citation of citations) takeSources(citation.sources);
  }

  function takeSources(found: readonly Source[]): void {
    for (const source of found) {
      if (!sources.has(source.uri)) write(toSource(source));
      sources.add(source.uri);
    }
  }

  function startOver(): void {
    close();
    if (parts > 0) {
      write({ type: "finish-step" });
      write({ type: "start-step" });
    }
    text = thought = activities = 0;
    noteEnd = -1;
    sources = new Set();
  }

  /** Whether another attempt has all that was taken, as one that goes on with the text of a worker that stopped. */
  const goesOn = (reply: Reply): boolean =>
    before !== null &&
    text > 0 &&
    reply.text.startsWith(before.text.slice(0, text)) &&
    reply.thought.startsWith(before.thought.slice(0, thought)) &&
    reply.activities.length >= activities;

  return {
    take(reply) {
      if (reply.attempt > attempt) {
        if (!goesOn(reply)) startOver();
        ({ attempt } = reply);
      }
      before = reply;
      for (const activity of reply.activities.slice(activities)) {
        const isAhead = activity.at + activity.noteLength > reply.text.length;
        if (!reply.message && (isAhead || (activity.thoughtEnd ?? 0) > reply.thought.length)) break;
        takeActivity(reply, activity);
        activities += 1;
      }
      appendText(reply.text, reply.text.length);
      appendThought(reply.thought, reply.thought.length);
      if (reply.message) finish(reply.message);
    },
  };

  function finish({ status, error, citations }: ChatMessage): void {
    close();
    for (const citation of citations) takeSources(citation.sources);
    write({ type: "finish-step" });
    write({ type: "finish", messageMetadata: { status, error } });
    if (status === "FAILED" || status === "BLOCKED") write({ type: "error", errorText: error?.message ?? status });
  }
}

const isOther = (part: NonNullable<ReplyActivity["part"]>): part is OtherPart =>
  part.__typename !== "ThoughtPart" && part.__typename !== "TextPart";
