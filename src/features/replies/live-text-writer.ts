import type { Activity } from "../../platform/gemini/activity.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Redis } from "../../platform/redis/redis.ts";
import { currentTraceParent } from "../../platform/telemetry/tracing.ts";
import { backoff } from "../../platform/timing.ts";
import { flushTogether } from "./flush-together.ts";
import { appendLiveText, writeLiveText, type WriteResult, type Written } from "./live-text.ts";
import { createWrittenReply, type Addition } from "./written-reply.ts";

/** Why a writer has to stop. */
export type Refusal = Exclude<WriteResult, "written" | "lost">;

/** Writes a reply's live text behind the model's back: `push` never waits for Redis. */
export type LiveTextWriter = Readonly<{
  push(addition: Addition): void;
  /** All that was pushed, up to the limits of a live text. */
  text(): string;
  thought(): string;
  activities(): readonly Activity[];
  /** Ends the writing. Unflushed text is already in the database, or another attempt writes it. */
  close(): void;
}>;

/** Text goes out this long after the last that did, or when enough has gathered: what comes more rarely waits for nothing. */
const FLUSH_INTERVAL_MS = 25;
const FLUSH_UNITS = 1_024;
/** A stalled model must not look like a dead worker. */
const HEARTBEAT_MS = 1_500;
const MAX_FLUSH_UNITS = 64 * 1_024;
/** Activities in one flush: each has up to `MAX_ACTIVITY_BYTES`. */
const MAX_FLUSH_ACTIVITIES = 4;

/** How far text, thoughts and activities have got. */
type Reached = Readonly<{ text: number; thought: number; activities: number }>;

/**
 * @param reply `draft`: what an attempt before has left, which comes first
 * @param onRefused called once, when Redis refuses the attempt's text, or the text is full; nothing more is written then
 */
export function createLiveTextWriter(
  deps: { redis: Redis; logger: Logger },
  reply: { id: string; attempt: number; draft?: Written | null },
  onRefused: (refusal: Refusal) => void,
): LiveTextWriter {
  const all = createWrittenReply(reply.draft ?? undefined);
  const trace = currentTraceParent();
  let written: Reached = { text: 0, thought: 0, activities: 0 };
  /** The ends of both texts from there on. To cut them out of the whole, V8 would copy the whole each time that it has grown. */
  let unwritten = { text: all.text, thought: all.thought };
  let opened = false;
  let closed = false;
  let flushing = false;
  let failures = 0;
  /** When something last went out; what carries nothing keeps nothing waiting. */
  let lastNews = 0;
  let pause: NodeJS.Timeout | undefined;
  const heartbeat = setTimeout(flush, HEARTBEAT_MS);

  function flushIn(ms: number): void {
    if (ms > 0) pause ??= setTimeout(flushNext, ms);
    else flushNext();
  }

  /** The first words wait for nobody. */
  function flushNext(): void {
    if (written.text + written.thought === 0) flush();
    else flushTogether(deps.redis, flush);
  }

  function flush(): void {
    if (closed || flushing) return;
    clearTimeout(pause);
    pause = undefined;
    flushing = true;
    const end = nextEnd();
    if (isBeyond(end)) lastNews = Date.now();
    send(end).then(
      (result) => settle(() => taken(result, end)),
      (error: unknown) => settle(() => failed(error)),
    );
  }

  /** Where the next flush ends. An activity waits for its text and thoughts. */
  function nextEnd(): Reached {
    // A draft comes at once: no reader sees less than it had.
    const text = Math.max(written.text + flushableLength(unwritten.text), reply.draft?.text.length ?? 0);
    const thought = written.thought + flushableLength(unwritten.thought);
    let { activities } = written;
    if (activities === all.activities.length) return { text, thought, activities };
    for (const activity of all.activities.slice(activities, activities + MAX_FLUSH_ACTIVITIES)) {
      const isAhead = activity.at + activity.noteLength > text;
      if (isAhead || (activity.kind === "THOUGHT" && activity.thoughtEnd > thought)) break;
      activities += 1;
    }
    return { text, thought, activities };
  }

  const isBeyond = (end: Reached): boolean =>
    end.text > written.text || end.thought > written.thought || end.activities > written.activities;

  function send(end: Reached): Promise<WriteResult> {
    const start = opened ? written : { text: 0, thought: 0, activities: 0 };
    const { text, thought } = opened ? unwritten : all;
    const piece = {
      attempt: reply.attempt,
      offset: start.text,
      trace: start.text === 0 ? trace : undefined,
      text: text.slice(0, end.text - start.text),
      thoughtOffset: start.thought,
      thought: thought.slice(0, end.thought - start.thought),
      activity: start.activities,
      activities: all.activities.slice(start.activities, end.activities),
    };
    return opened ? appendLiveText(deps.redis, reply.id, piece) : writeLiveText(deps.redis, reply.id, piece);
  }

  function settle(goOn: () => void): void {
    flushing = false;
    if (closed) return;
    heartbeat.refresh();
    goOn();
  }

  function taken(result: WriteResult, end: Reached): void {
    failures = 0;
    switch (result) {
      case "written":
        opened = true;
        unwritten = {
          text: unwritten.text.slice(end.text - written.text),
          thought: unwritten.thought.slice(end.thought - written.thought),
        };
        written = end;
        if (isBeyond(nextEnd())) flushIn(pace());
        return;
      case "lost":
        // Redis forgot: the next flush writes the whole text again, under the same attempt.
        opened = false;
        return flush();
      case "fenced":
      case "stopped":
      case "full":
        close();
        return onRefused(result);
    }
  }

  function failed(error: unknown): void {
    failures += 1;
    if (failures === 1) deps.logger.warn({ err: error, replyId: reply.id }, "live text waits for Redis");
    flushIn(backoff(failures, 100, 1_000));
  }

  function pace(): number {
    const gathered = unwritten.text.length + unwritten.thought.length;
    return gathered >= FLUSH_UNITS ? 0 : Math.max(0, FLUSH_INTERVAL_MS - (Date.now() - lastNews));
  }

  function close(): void {
    closed = true;
    clearTimeout(pause);
    clearTimeout(heartbeat);
  }

  flush();
  return {
    push(addition) {
      if (all.isFull) return;
      const { text, thought } = all.add(addition);
      unwritten.text += text;
      unwritten.thought += thought;
      if (all.isFull) {
        close();
        return onRefused("full");
      }
      if (!flushing && failures === 0) flushIn(pace());
    },
    text: () => all.text,
    thought: () => all.thought,
    activities: () => all.activities,
    close,
  };
}

/** How much of a text a flush may take: never between the halves of a surrogate pair, which UTF-8 cannot carry apart. */
function flushableLength(text: string): number {
  const length = Math.min(text.length, MAX_FLUSH_UNITS);
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}
