import type { Logger } from "../../platform/logger.ts";
import type { Redis } from "../../platform/redis/redis.ts";
import { backoff } from "../../platform/timing.ts";
import { appendLiveText, MAX_BYTES, writeLiveText, type WriteResult } from "./live-text.ts";

/** Why a writer was told to put its pen down. */
export type Refusal = Exclude<WriteResult, "written" | "lost">;

/** Writes a reply's live text behind the model's back: `push` never waits for Redis. */
export type LiveTextWriter = Readonly<{
  push(text: string): void;
  /** All that was pushed, up to the longest live text. */
  text(): string;
  /** Ends the writing. What was not flushed is in the database by then, or will be written by another attempt. */
  close(): void;
}>;

/** Text goes out this long after the last that did, or when enough has gathered: what comes more rarely waits for nothing. */
const FLUSH_INTERVAL_MS = 25;
const FLUSH_UNITS = 1_024;
/** A stalled model must not look like a dead worker. */
const HEARTBEAT_MS = 1_500;
const MAX_FLUSH_UNITS = 64 * 1_024;

/**
 * @param onRefused called once, when Redis refuses the attempt's text, or the text is full; nothing more is written then
 */
export function createLiveTextWriter(
  deps: { redis: Redis; logger: Logger },
  reply: { id: string; attempt: number },
  onRefused: (refusal: Refusal) => void,
): LiveTextWriter {
  let text = "";
  /** Of `text`, in UTF-8. */
  let bytes = 0;
  let full = false;
  let written = 0;
  let opened = false;
  let closed = false;
  let flushing = false;
  let failures = 0;
  /** When text last went out; what carries none keeps no text waiting. */
  let lastText = 0;
  let pause: NodeJS.Timeout | undefined;
  const heartbeat = setTimeout(flush, HEARTBEAT_MS);

  function flushIn(ms: number): void {
    if (ms > 0) pause ??= setTimeout(flush, ms);
    else flush();
  }

  function flush(): void {
    if (closed || flushing) return;
    clearTimeout(pause);
    pause = undefined;
    flushing = true;
    const end = flushableEnd(text, written);
    if (end > written) lastText = Date.now();
    send(written, end).then(
      (result) => settle(() => taken(result, end)),
      (error: unknown) => settle(() => failed(error)),
    );
  }

  async function send(start: number, end: number): Promise<WriteResult> {
    if (!opened) return writeLiveText(deps.redis, reply.id, reply.attempt, text.slice(0, end));
    return appendLiveText(deps.redis, reply.id, {
      attempt: reply.attempt,
      offset: start,
      text: text.slice(start, end),
    });
  }

  function settle(goOn: () => void): void {
    flushing = false;
    if (closed) return;
    heartbeat.refresh();
    goOn();
  }

  function taken(result: WriteResult, end: number): void {
    failures = 0;
    switch (result) {
      case "written":
        opened = true;
        written = end;
        if (flushableEnd(text, written) > written) flushIn(pace());
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

  const pace = () =>
    text.length - written >= FLUSH_UNITS ? 0 : Math.max(0, FLUSH_INTERVAL_MS - (Date.now() - lastText));

  function close(): void {
    closed = true;
    clearTimeout(pause);
    clearTimeout(heartbeat);
  }

  flush();
  return {
    push(chunk) {
      if (full) return;
      const fitting = startOf(chunk, MAX_BYTES - bytes);
      text += fitting;
      bytes += Buffer.byteLength(fitting);
      full = fitting.length < chunk.length;
      if (full) {
        close();
        return onRefused("full");
      }
      if (!flushing && failures === 0) flushIn(pace());
    },
    text: () => text,
    close,
  };
}

/** Where a flush may end: never between the halves of a surrogate pair, which UTF-8 cannot carry apart. */
function flushableEnd(text: string, start: number): number {
  const end = Math.min(text.length, start + MAX_FLUSH_UNITS);
  const last = text.charCodeAt(end - 1);
  return end > start && last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

/** The longest prefix of a text within a number of UTF-8 bytes, whole characters only. */
function startOf(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
