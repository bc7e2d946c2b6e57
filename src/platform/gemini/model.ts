import type { NewActivity } from "./activity.ts";

/** A turn of a conversation, as any model takes it. */
export type Turn = Readonly<{
  role: "user" | "assistant";
  text: string;
  /** A reply as its model gave it and signed parts of it. A model of the same family gets it in place of the text. */
  signed?: Readonly<{ model: string; parts: readonly TurnPart[] }>;
}>;

/** A part of a reply as the model gave it, with what it signed the part with. */
export type TurnPart = Readonly<
  { signature?: string | undefined } & (
    | { kind: "TEXT"; text: string }
    | { kind: "CODE"; language: string; code: string }
    | { kind: "CODE_RESULT"; outcome: string; output: string }
  )
>;

/** Tokens as the provider counts them, whole numbers; the last count that came is the one that holds. */
export type TokenCounts = Readonly<{
  /** The whole prompt. */
  promptTokens?: number;
  /** What of the prompt came from the provider's cache. */
  cachedTokens?: number;
  /** The reply so far, without what was thought for it. */
  replyTokens?: number;
  /** What was thought, which is paid as well. */
  thoughtTokens?: number;
  /** What tools such as a search gave the model to read, which is paid as well, and no part of the prompt. */
  toolTokens?: number;
}>;

/**
 * What the model signs of a reply, to be handed in again with the very part: a stretch of the text, or one of the
 * activities, by its index. It is opaque.
 */
export type PartSignature = Readonly<{ start: number; end: number; activity: number | null; signature: string }>;

/** What a model is asked for beside the conversation. The caller has checked that the model supports it. */
export type ModelSettings = Readonly<{
  thinkingLevel?: "MINIMAL" | "LOW" | "MEDIUM" | "HIGH";
  /** Whether summaries of its thoughts come along. */
  showThoughts?: boolean;
  search?: boolean;
  /** Whether it may read the pages whose addresses it is given. */
  readUrls?: boolean;
  codeExecution?: boolean;
  /** The longest reply, in tokens, thoughts included; without it the model's own limit. */
  maxReplyTokens?: number;
}>;

/**
 * A reply that broke off. `PREFILL`: the request ends with the text as the model's own turn; `PROMPT`: a last turn asks the model
 * to go on, as those of 2026 refuse a request that ends with their own.
 */
export type Continuation = Readonly<{ text: string; by: "PREFILL" | "PROMPT" }>;

export type GenerateRequest = Readonly<{
  model: string;
  settings?: ModelSettings;
  /** How long this model may be silent before the first text, in milliseconds. */
  firstTokenMs?: number;
  /** Who may answer in its place while it is out of order, in this order. */
  fallbacks?: readonly Readonly<Pick<GenerateRequest, "model" | "settings" | "firstTokenMs">>[];
  /** Called before a fallback is asked, with its name. */
  onFallback?: (model: string) => Promise<void>;
  systemPrompt?: string | null;
  /** Oldest first; ends with the user's turn. */
  turns: readonly Turn[];
  /** What the model has written of the reply already: it goes on from there. The chunks bring only what follows. */
  continues?: Continuation | undefined;
  /** Aborting it really ends the provider's request. */
  signal: AbortSignal;
  /**
   * Called with all counts of a call as they come, also when no chunk does: thoughts are paid although nothing comes of them.
   * The chunk that finishes the reply has the last ones as well.
   */
  onCounts?: (counts: TokenCounts) => void;
  /** Called with each call of the provider that is made for the request, once it has ended: see `reportCalls`. */
  onCall?: (report: CallReport) => void;
}>;

/** A call of the provider that has ended. */
export type CallReport = Readonly<{
  model: string;
  startedAt: Date;
  /** `ABORTED`: given up by us. */
  outcome: "COMPLETE" | "BLOCKED" | "FAILED" | "ABORTED";
  /** Null also where a call has failed in an unforeseen way. */
  errorCode: ModelErrorCode | null;
  /** As far as the provider has said. */
  counts: TokenCounts;
  /** What came of the answer. */
  received: Readonly<{ text: string; thought: string }>;
}>;

/** Why a model stopped by itself. */
export type Finish = Readonly<{
  /** The provider's own word for it, such as `STOP`, `MAX_TOKENS` or `SAFETY`; short, and can be stored. */
  reason: string;
  outcome: "complete" | "blocked";
}>;

export type ModelChunk = TokenCounts &
  Readonly<{
    /**
     * What comes next in the reply; empty in a chunk that only finishes it. It can be stored as it is (`toStorable`), and
     * never ends within a surrogate pair. Where the model gave something else than text, a note stands for it.
     */
    text: string;
    /** What comes next in the model's thoughts, which are a text of their own, and storable like the other. */
    thought?: string;
    /** What the model did beside writing, in order. Where in the text an activity stands may be in an earlier chunk. */
    activities?: readonly NewActivity[];
    /** Of the whole reply, in the chunk that finishes it. */
    signatures?: readonly PartSignature[];
    finish?: Finish;
  }>;

/** Stands between Colloquy and a provider of models. */
export type ChatModel = Readonly<{
  /**
   * Streams one reply. Nothing is asked before the first `next()`; leaving the loop ends the provider's request, as
   * aborting does. Ends normally only after a chunk with `finish`, which is the last.
   *
   * @throws {ModelError} for everything the provider or the network does wrong
   * @throws the signal's reason when it is aborted
   */
  stream(request: GenerateRequest): AsyncIterable<ModelChunk>;
}>;

/** What went wrong, as far as it changes what happens next. Stored with a failed reply and shown to its user. */
export type ModelErrorCode =
  | "MODEL_RATE_LIMITED" // the provider answered 429
  | "MODEL_QUOTA" // the day's quota is used up, or the provider wants to be left alone for longer than MODEL_MAX_WAIT
  | "MODEL_UNAVAILABLE" // 5xx, or no connection
  | "MODEL_TIMEOUT" // silent for longer than the limit
  | "MODEL_STREAM_CUT" // the stream ended without a finish reason
  | "MODEL_EMPTY" // finished without any text
  | "MODEL_UNREADABLE" // an event of the answer is larger than any that is read
  | "MODEL_TOO_LONG" // the conversation has more tokens than the model reads
  | "MODEL_RETIRED" // the provider does not have this model any more
  | "MODEL_REJECTED" // 4xx: a bad request
  | "MODEL_UNAUTHORIZED"; // 401, 403, or an invalid API key

/** A fault of the provider or the network. The message may be shown to users; `cause` has the provider's own words. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;
  /** Whether asking again can succeed. */
  readonly retryable: boolean;
  /** How long the provider asked to be left alone, in milliseconds; never so long that a date could not hold its end. */
  readonly retryAfter: number | undefined;
  /** Why the model ended what it answered, in the provider's own word. */
  readonly finishReason: string | undefined;

  constructor(
    code: ModelErrorCode,
    message: string,
    options: { retryable: boolean; retryAfter?: number | undefined; finishReason?: string; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfter = options.retryAfter;
    this.finishReason = options.finishReason;
  }
}
