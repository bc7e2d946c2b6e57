import type { Readable } from "node:stream";
import { createEventStreamReader, type StreamMessage } from "./event-stream.ts";
import { readErrorEvent, type ErrorEvent } from "./error-events.ts";

/**
 * One event of Gemini's answer, a `GenerateContentResponse` (https://ai.google.dev/api/generate-content) if all is well:
 * gemini-chunks.ts looks at what it holds.
 */
export type GeminiEvent = Readonly<{ candidates?: unknown; promptFeedback?: unknown; usageMetadata?: unknown }>;

/** The answer has an event that is larger than any that is read. */
export class EventTooLarge extends Error {
  override readonly name = "EventTooLarge";
}

/** An error that came within an answer; otherwise the same as the SDK's `ApiError`. */
class StreamedApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  constructor({ status, body }: ErrorEvent) {
    super(JSON.stringify(body));
    this.status = status;
  }
}

export type EventReader = Readonly<{
  /**
   * The next event, as soon as it has come whole; undefined at the end. One is asked for at a time.
   *
   * @throws what looks like the SDK's `ApiError` for an event that tells of an error, in any shape; `EventTooLarge`; other errors
   *   for an answer that is no such stream, or breaks off
   */
  next(): Promise<GeminiEvent | undefined>;
}>;

/** What may be read ahead, in bytes. */
const MAX_AHEAD = 64 * 1024;

/**
 * Reads the events of an answer to `alt=sse`. In place of the SDK's own reading, which makes a `Response` of each event and a
 * failed `JSON.parse` besides: more than all that a worker does otherwise. No iterator of the body: a listener hands an event
 * over at half the price.
 *
 * @param onBytes called with whatever comes, before it is read
 */
export function readEvents(body: Readable, onBytes: () => void = () => {}): EventReader {
  const reader = createEventStreamReader();
  const events: GeminiEvent[] = [];
  /** Bytes since nothing was waiting. */
  let ahead = 0;
  /** How it has ended, for when all events are taken. */
  let end: Readonly<{ fault?: Error }> | undefined;
  /** Wakes the caller that waits for an event. */
  let wake = (): void => {};

  function read(messages: readonly StreamMessage[]): void {
    try {
      for (const message of messages) readMessage(message, events);
    } catch (error) {
      end = { fault: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  body.on("data", (bytes: Uint8Array) => {
    onBytes();
    if (end) return;
    ahead = events.length === 0 ? bytes.length : ahead + bytes.length;
    read(reader.read(bytes));
    if (events.length > 0 && ahead > MAX_AHEAD) body.pause();
    if (events.length > 0 || end) wake();
  });
  body.once("end", () => {
    if (!end) read(reader.end());
    end ??= {};
    wake();
  });
  for (const event of ["error", "close"]) {
    body.once(event, (fault: Error = new Error("The answer was closed.")) => {
      end ??= { fault };
      wake();
    });
  }

  return {
    async next() {
      if (events.length === 0 && !end) {
        if (body.isPaused()) body.resume();
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const event = events.shift();
      if (!event && end?.fault) throw end.fault;
      return event;
    },
  };
}

function readMessage(message: StreamMessage, events: GeminiEvent[]): void {
  if (message.kind === "too large") throw new EventTooLarge("An event is larger than any that is read.");
  for (const value of readValues(message)) {
    const fault = readErrorEvent(value, message.type);
    if (fault) throw new StreamedApiError(fault);
    if (message.kind === "unfinished") continue;
    if (typeof value !== "object" || value === null) throw new Error("An event is no object.");
    events.push(value);
  }
}

/**
 * What a message says: more than one value where it is a list.
 *
 * @throws {SyntaxError} for an event that is no JSON; what is no event need not be
 */
function readValues({ kind, type, data }: StreamMessage): unknown[] {
  try {
    return [kind === "stray" ? parseStray(data) : parseJson(data)].flat();
  } catch (error) {
    if (type === "error") return [data];
    if (kind === "event") throw error;
    return [];
  }
}

/** Gemini's answer to another request than ours is one list, of which this may be an element with what stands before it. */
function parseStray(data: string): unknown {
  try {
    return parseJson(data);
  } catch {
    return parseJson(data.replace(/^[[,\s]+/, ""));
  }
}

/** Numbers that are none are no JSON, but some programs write them: they are null here. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/\b(?:NaN|Infinity)\b/.test(text)) throw error;
    return JSON.parse(withoutOddNumbers(text));
  }
}

function withoutOddNumbers(json: string): string {
  let quoted = false;
  return json.replace(/\\.|"|-?\b(?:NaN|Infinity)\b/gs, (found) => {
    if (found === '"') quoted = !quoted;
    return quoted || found === '"' || found.startsWith("\\") ? found : "null";
  });
}
