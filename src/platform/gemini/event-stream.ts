import { createParser } from "eventsource-parser";

/**
 * What a stream of server-sent events has brought.
 * `event`: a whole event; `stray`: lines that are no field of an event, but look like JSON; `unfinished`: an event that the
 * stream ended within; `too large`: more than is read, and the last message.
 */
export type StreamMessage = Readonly<{
  kind: "event" | "stray" | "unfinished" | "too large";
  /** What its `event:` line says. */
  type: string | undefined;
  data: string;
}>;

export type EventStreamReader = Readonly<{
  /** What these bytes complete. */
  read(bytes: Uint8Array): StreamMessage[];
  /** What is left when nothing more comes. */
  end(): StreamMessage[];
}>;

/** The largest event, in UTF-16 code units. */
const MAX_EVENT_UNITS = 8 * 1024 * 1024;
/** Lines of a stream that are no fields; each costs some 20 µs. */
const MAX_STRAY_LINES = 20_000;

/**
 * Reads a stream as https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream says, each event
 * as soon as it has come whole. An event without data is none. Time and memory are linear in what comes.
 *
 * Beyond the standard it hands on what a program may want to look at: see `StreamMessage`.
 */
export function createEventStreamReader(): EventStreamReader {
  const decoder = new TextDecoder(); // removes a byte order mark
  const toLineFeeds = createLineFeeds();
  const stray = createStrayLines((data) => messages.push({ kind: "stray", type: undefined, data }));
  let messages: StreamMessage[] = [];
  let tooLarge = false;
  let ended = false;

  const parser = createParser({
    maxBufferSize: MAX_EVENT_UNITS,
    onEvent({ event, data }) {
      if (data !== "") messages.push({ kind: ended ? "unfinished" : "event", type: event, data });
    },
    onError({ type, line }) {
      if (type === "max-buffer-size-exceeded") tooLarge = true;
      else if (type === "unknown-field") tooLarge ||= !stray.add(line ?? "");
    },
  });

  function feed(text: string): StreamMessage[] {
    if (text === "" || tooLarge) return [];
    parser.feed(text);
    if (tooLarge) messages.push({ kind: "too large", type: undefined, data: "" });
    const fed = messages;
    messages = [];
    return fed;
  }

  return {
    read: (bytes) => feed(toLineFeeds(decoder.decode(bytes, { stream: true }))),
    end() {
      const last = feed(toLineFeeds(decoder.decode()));
      ended = true;
      const unfinished = feed("\n\n");
      if (!tooLarge) stray.end();
      return [...last, ...unfinished, ...messages];
    },
  };
}

/** CR and CR LF as LF, so that a line ends with its CR, and not with what comes next. */
function createLineFeeds(): (text: string) => string {
  let afterCr = false;
  return (text) => {
    if (text === "") return text;
    const unread = afterCr && text.startsWith("\n") ? text.slice(1) : text;
    afterCr = text.endsWith("\r");
    return unread.includes("\r") ? unread.replace(/\r\n?/g, "\n") : unread;
  };
}

/** Gathers lines that are no fields into blocks of JSON, as a proxy or Google's front end may put them into a stream. */
function createStrayLines(onBlock: (data: string) => void) {
  let lines: string[] = [];
  let length = 0;
  let count = 0;

  function end(): void {
    if (lines.length > 0) onBlock(lines.join("\n"));
    lines = [];
    length = 0;
  }

  return {
    /** @returns false when there are too many */
    add(line: string): boolean {
      count += 1;
      if (lines.length > 0 || /^[[{,]/.test(line)) {
        lines.push(line);
        length += line.length + 1;
        // Indented ones close what is inside. A line by itself may be all of it.
        if (/^[\]}]/.test(line) || (lines.length === 1 && /[\]}]\s*$/.test(line))) end();
      }
      return length <= MAX_EVENT_UNITS && count <= MAX_STRAY_LINES;
    },
    end,
  };
}
