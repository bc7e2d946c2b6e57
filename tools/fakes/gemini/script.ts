import type { Outage } from "./availability.ts";
import type { Counts, Usage } from "./usage.ts";
import type { Wire } from "./wire.ts";

/** Holds a reply until the test opens it; opening twice, or before anybody waits, is harmless. */
export type Gate = Readonly<{ open(): void; opened: Promise<void> }>;

/** A closed gate for a `{ waitFor: gate }` step. */
export function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

/** Fields of the candidate beside its content, such as `groundingMetadata`. */
export type Candidate = Readonly<Record<string, unknown>>;

/** One thing the fake does while it answers. Times are milliseconds, `retryAfter` is seconds, as on the wire. */
export type Step =
  /** One chunk of text, or of a thought; goes out whether the request wants to see thoughts or not. */
  | Readonly<{ text: string; thought?: boolean; usage?: Usage; candidate?: Candidate }>
  /**
   * Thinks for `forMs` (0), and counts `tokens` of it (a quarter of its characters). Who wants to see thoughts gets the
   * pieces, evenly; who does not gets nothing at all in that time.
   */
  | Readonly<{ think: readonly string[]; forMs?: number; tokens?: number }>
  /** From here on these tokens are counted as well. */
  | Readonly<{ counts: Counts }>
  /** A whole event as it is. */
  | Readonly<{ event: unknown }>
  /** Many chunks, the n-th due `n * delayMs` after the first one's start, so that the pace does not drift. */
  | Readonly<{ chunks: readonly string[]; delayMs: number }>
  | Readonly<{ waitFor: Gate }>
  | Readonly<{ delayMs: number }>
  /**
   * An error answer; after text, an error event in the stream, as Gemini sends it. `retryAfter` becomes a `RetryInfo`,
   * `retryAfterHeader` the HTTP header, `reason` an `ErrorInfo`. `body` replaces the whole body.
   */
  | Readonly<{
      status: number;
      retryAfter?: number;
      retryAfterHeader?: string;
      reason?: string;
      message?: string;
      body?: unknown;
      contentType?: string;
    }>
  /** The answer of a model that is retired, overloaded, or asked too much. */
  | Readonly<{ outage: Outage }>
  /** The answer to a wrong API key. */
  | Readonly<{ invalidKey: true }>
  /** Sends nothing more and keeps the connection open until the client closes it. */
  | Readonly<{ stall: true }>
  /** Destroys the connection. */
  | Readonly<{ cut: true }>
  /** Ends the answer properly, but without a finish reason. */
  | Readonly<{ end: true }>
  /** A part as it is, such as an image or a call. */
  | Readonly<{ part: unknown }>
  /** From here on events are written in these ways. */
  | Readonly<{ wire: readonly Wire[] }>
  /** Bytes as they are, such as a broken event. */
  | Readonly<{ raw: string | Uint8Array }>
  /**
   * The chunk that carries the finish reason; steps after it still run. With `STOP` a model of the third generation signs
   * the turn, unless `signature` is false. `withoutParts`: as a model ends whose thoughts have taken all its tokens.
   */
  | Readonly<{
      finish: string;
      text?: string;
      usage?: Usage;
      candidate?: Candidate;
      signature?: false;
      withoutParts?: true;
    }>
  /** Refuses the prompt: no candidate, only `promptFeedback.blockReason`. */
  | Readonly<{ blockPrompt: string }>
  /** A candidate without any part. */
  | Readonly<{ empty: true }>;

/**
 * The steps of one answer. One that neither finishes nor breaks is finished with `STOP`; an error, a cut, a stall and
 * `end` are the last thing that happens.
 */
export type Script = readonly Step[];

/** Part of the prompt, a pattern for it, or a test of it. The prompt is the text of the last user turn. */
export type PromptMatcher = string | RegExp | ((prompt: string) => boolean);

/** Whether the prompt is one that the matcher means. */
export function matchesPrompt(matcher: PromptMatcher, prompt: string): boolean {
  if (typeof matcher === "string") return prompt.includes(matcher);
  if (typeof matcher === "function") return matcher(prompt);
  return prompt.search(matcher) !== -1; // unlike test(), keeps no state in a global pattern
}
