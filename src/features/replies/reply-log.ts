import type { Message, MessageStatus } from "../../generated/prisma/client.ts";
import type { FeedLog, Step } from "../../platform/feed/feed.ts";
import { isRetryable } from "../rooms/message-status.ts";
import type { LiveTextWire } from "./events.ts";
import type { ReplyWait } from "./reply-wait.ts";

/** What a subscriber to a reply gets: `text` stands at `offset` of that attempt. */
export type ReplyEvent = Readonly<{
  messageId: string;
  attempt: number;
  offset: number;
  text: string;
  status: MessageStatus;
  waitingFor: ReplyWait | null;
  /** The finished message, with the last event only. */
  message: Message | null;
}>;

/** How far a reader has come; `status` and `waitingFor` are what it was last told, null before its first event. */
export type ReplyPosition = Readonly<{
  attempt: number;
  offset: number;
  status: MessageStatus | null;
  waitingFor: ReplyWait | null;
}>;

/** What the store holds of a reply. */
export type ReplySnapshot = Readonly<{
  attempt: number;
  text: string;
  status: MessageStatus;
  waitingFor: ReplyWait | null;
  message: Message | null;
}>;

const BEING_WRITTEN = { status: "STREAMING", waitingFor: null, message: null } as const;

/**
 * One reply's text as this process knows it. The text of an attempt only ever grows, so two copies of it
 * differ in length alone: that is what makes drops, doubles and late messages harmless.
 */
export class ReplyLog implements FeedLog<ReplyPosition, ReplyEvent, LiveTextWire> {
  readonly #id: string;
  #attempt = 0;
  #text = "";
  #status: MessageStatus = "PENDING";
  #waitingFor: ReplyWait | null = null;
  #message: Message | null = null;
  /** Readers at one place share one event, and whatever is computed from it. */
  #shared = new Map<number, Step<ReplyPosition, ReplyEvent>>();

  constructor(replyId: string) {
    this.#id = replyId;
  }

  get ended(): boolean {
    return this.#message !== null;
  }

  /** `retryReply` starts these over. */
  get mayResume(): boolean {
    return isRetryable(this.#status);
  }

  get head(): Readonly<{ attempt: number; length: number; status: MessageStatus; waitingFor: ReplyWait | null }> {
    return {
      attempt: this.#attempt,
      length: this.#text.length,
      status: this.#status,
      waitingFor: this.#waitingFor,
    };
  }

  apply(wire: LiveTextWire): "applied" | "seen" | "gap" {
    if (this.ended || wire.attempt < this.#attempt) return "seen";
    if (wire.kind === "changed") return "gap";
    if (wire.attempt > this.#attempt && wire.offset > 0) return "gap";
    if (wire.attempt > this.#attempt) {
      this.#set({ attempt: wire.attempt, text: wire.text, ...BEING_WRITTEN });
      return "applied";
    }
    if (wire.offset > this.#text.length) return "gap";
    const unseen = wire.text.slice(this.#text.length - wire.offset);
    if (unseen === "" && this.#status === "STREAMING") return "seen";
    this.#set({ attempt: wire.attempt, text: this.#text + unseen, ...BEING_WRITTEN });
    return "applied";
  }

  /** Takes over what the store holds; what is known beyond it stays, unless the reply has ended. */
  restore(found: ReplySnapshot): void {
    if (this.ended || (found.attempt < this.#attempt && found.message === null)) return;
    const shorter = found.attempt === this.#attempt && found.text.length < this.#text.length;
    this.#set(shorter && found.message === null ? { ...found, text: this.#text } : found);
  }

  now(): ReplyPosition {
    return { attempt: this.#attempt, offset: this.#text.length, status: null, waitingFor: null };
  }

  next(at: ReplyPosition): Step<ReplyPosition, ReplyEvent> | undefined {
    const offset = this.#resumeOffset(at);
    const told = at.status === this.#status && at.waitingFor === this.#waitingFor;
    if (told && at.attempt === this.#attempt && offset >= this.#text.length) return undefined;

    const shared = this.#shared.get(offset);
    if (shared) return shared;
    const event: ReplyEvent = {
      messageId: this.#id,
      attempt: this.#attempt,
      offset,
      text: this.#text.slice(offset),
      status: this.#status,
      waitingFor: this.#waitingFor,
      message: this.#message,
    };
    const position = {
      attempt: this.#attempt,
      offset: Math.max(offset, this.#text.length),
      status: this.#status,
      waitingFor: this.#waitingFor,
    };
    const step = { event, position };
    this.#shared.set(offset, step);
    return step;
  }

  /**
   * Where in the present attempt a reader goes on: where it stands, if it stands in this attempt and not
   * inside a surrogate pair. A reader ahead of the text (this process knows less than the one before) waits
   * there for the text to catch up; if the reply has ended it never will, and the reader starts over.
   */
  #resumeOffset(at: ReplyPosition): number {
    if (at.attempt !== this.#attempt || at.offset <= 0) return 0;
    if (at.offset > this.#text.length) return this.ended ? 0 : at.offset;
    return splitsPair(this.#text, at.offset) ? at.offset - 1 : at.offset;
  }

  #set(state: ReplySnapshot): void {
    this.#attempt = state.attempt;
    this.#text = state.text;
    this.#status = state.status;
    this.#waitingFor = state.waitingFor;
    this.#message = state.message;
    this.#shared = new Map();
  }
}

function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
