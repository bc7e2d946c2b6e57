import type { Message, MessageStatus } from "../../generated/prisma/client.ts";
import type { FeedLog, Step } from "../../platform/feed/feed.ts";
import { isRetryable } from "../rooms/message-status.ts";
import type { Activity } from "../../platform/gemini/activity.ts";
import type { TraceParent } from "../../platform/telemetry/tracing.ts";
import type { LivePartsWire, LiveTextWire } from "./events.ts";
import type { ReplyWait } from "./reply-wait.ts";

/** What a subscriber to a reply gets: `text` stands at `offset` of that attempt. */
export type ReplyEvent = Readonly<{
  messageId: string;
  attempt: number;
  offset: number;
  text: string;
  /** What is new of the thoughts, and where it stands in them; null when nothing is. */
  thought: Readonly<{ offset: number; text: string }> | null;
  /** How many activities stand before `activities`. */
  activity: number;
  activities: readonly Activity[];
  /** All thoughts of the attempt so far: activities tell of stretches of them. */
  thoughts: string;
  status: MessageStatus;
  waitingFor: ReplyWait | null;
  /** The finished message, with the last event only. */
  message: Message | null;
  /** Of the job that writes it, with the first text that is delivered. */
  trace?: TraceParent | undefined;
}>;

/** Which of a reply's growing things a reader wants beside the text. */
export type ReplyWants = Readonly<{ thought: boolean; activities: boolean }>;

/** How far a reader has come; `status` and `waitingFor` are what it was last sent, null before its first event. */
export type ReplyPosition = Readonly<{
  attempt: number;
  offset: number;
  thoughtOffset: number;
  /** How many activities it has. */
  activity: number;
  wants: ReplyWants;
  status: MessageStatus | null;
  waitingFor: ReplyWait | null;
}>;

/** What the store holds of a reply. */
export type ReplySnapshot = Readonly<{
  attempt: number;
  text: string;
  thought: string;
  activities: readonly Activity[];
  status: MessageStatus;
  waitingFor: ReplyWait | null;
  message: Message | null;
}>;

type TextWire = Extract<LiveTextWire, { kind: "text" }>;

/** What is heard of a reply. */
export type ReplyWire = LiveTextWire | LivePartsWire;

const BEING_WRITTEN = { status: "STREAMING", waitingFor: null, message: null } as const;

/**
 * One reply as this process knows it. The text of an attempt only ever grows, and so do its thoughts and the list of its
 * activities. Two copies of it differ in their lengths alone: that is what makes drops, doubles and late messages harmless.
 */
export class ReplyLog implements FeedLog<ReplyPosition, ReplyEvent, ReplyWire> {
  readonly #id: string;
  #state: { -readonly [Name in keyof ReplySnapshot]: ReplySnapshot[Name] } = {
    attempt: 0,
    text: "",
    thought: "",
    activities: [],
    status: "PENDING",
    waitingFor: null,
    message: null,
  };
  /**
   * The end of the text that was heard last, where nearly all readers go on. V8 joins strings only when one looks into
   * them: a text that grows by pieces would be copied for each.
   */
  #tail: Tail = NO_TAIL;
  /** Whether it hears of thoughts and activities as well. */
  readonly #parts: boolean;
  /** A text whose parts come next: its readers get both at once, as a note in it is to be replaced by its part. */
  #held: TextWire | undefined;
  #trace: TraceParent | undefined;

  constructor(replyId: string, { parts }: { parts: boolean }) {
    this.#id = replyId;
    this.#parts = parts;
  }

  get ended(): boolean {
    return this.#state.message !== null;
  }

  /** `retryReply` starts these over. */
  get mayResume(): boolean {
    return isRetryable(this.#state.status);
  }

  get head(): ReplyHead {
    const { attempt, text, thought, activities, status, waitingFor } = this.#state;
    const lengths = { length: text.length, thoughtLength: thought.length, activities: activities.length };
    return { attempt, ...lengths, status, waitingFor };
  }

  apply(wire: ReplyWire): "applied" | "seen" | "gap" {
    if (this.ended || wire.attempt < this.#state.attempt) return "seen";
    switch (wire.kind) {
      case "changed":
        return "gap";
      case "text": {
        const partsWereLost = this.#held !== undefined;
        this.#held = this.#parts && wire.withParts ? wire : undefined;
        if (partsWereLost) return "gap";
        return this.#held ? "seen" : this.#applyText(wire);
      }
      case "parts": {
        const text = this.#held?.attempt === wire.attempt ? this.#applyHeld(this.#held) : "seen";
        if (text === "gap") return "gap";
        const parts = this.#applyParts(wire);
        return parts === "seen" ? text : parts;
      }
    }
  }

  #applyHeld(held: TextWire): "applied" | "seen" | "gap" {
    this.#held = undefined;
    return this.#applyText(held);
  }

  #applyText(wire: TextWire): "applied" | "seen" | "gap" {
    const { attempt, text, status } = this.#state;
    if (wire.attempt > attempt || text === "") this.#trace = wire.trace;
    if (wire.attempt > attempt) {
      if (wire.offset > 0) return "gap";
      this.#state = { attempt: wire.attempt, text: wire.text, thought: "", activities: [], ...BEING_WRITTEN };
      this.#tail = { offset: 0, text: wire.text };
      return "applied";
    }
    if (wire.offset > text.length) return "gap";
    const unseen = wire.text.slice(text.length - wire.offset);
    if (unseen === "" && status === "STREAMING") return "seen";
    this.#state.text = text + unseen;
    Object.assign(this.#state, BEING_WRITTEN);
    this.#tail = { offset: text.length, text: unseen };
    return "applied";
  }

  #applyParts(wire: LivePartsWire): "applied" | "seen" | "gap" {
    const { attempt, thought, activities } = this.#state;
    if (wire.attempt > attempt || wire.thoughtOffset > thought.length || wire.activity > activities.length)
      return "gap";
    const unseen = wire.thought.slice(thought.length - wire.thoughtOffset);
    const others = wire.activities.slice(activities.length - wire.activity);
    if (unseen === "" && others.length === 0) return "seen";
    this.#state.thought = thought + unseen;
    this.#state.activities = [...activities, ...others];
    Object.assign(this.#state, BEING_WRITTEN);
    return "applied";
  }

  /** Takes over what the store holds; what is known beyond it stays, unless the reply has ended. */
  restore(found: ReplySnapshot): void {
    const { attempt, text, thought, activities } = this.#state;
    if (this.ended || (found.attempt < attempt && found.message === null)) return;
    const isSame = found.attempt === attempt && found.message === null;
    this.#state = isSame
      ? {
          ...found,
          text: longer(found.text, text),
          thought: longer(found.thought, thought),
          activities: longer(found.activities, activities),
        }
      : { ...found };
    this.#tail = { offset: 0, text: this.#state.text };
  }

  now(): ReplyPosition {
    const { attempt, text, thought, activities } = this.#state;
    const lengths = { offset: text.length, thoughtOffset: thought.length, activity: activities.length };
    return { attempt, ...lengths, wants: ALL, status: null, waitingFor: null };
  }

  next(at: ReplyPosition): Step<ReplyPosition, ReplyEvent> | undefined {
    const { wants } = at;
    const { attempt, status, waitingFor } = this.#state;
    const from = {
      offset: this.#resumeOffset(at, at.offset, this.#state.text, this.#tail),
      thoughtOffset: wants.thought ? this.#resumeOffset(at, at.thoughtOffset, this.#state.thought) : 0,
      activity: wants.activities ? this.#resumeOffset(at, at.activity, this.#state.activities) : 0,
    };
    const told = at.status === status && at.waitingFor === waitingFor;
    if (told && at.attempt === attempt && !this.#isBeyond(from, wants)) return undefined;

    const startsOver = wants.thought && at.attempt === attempt && from.thoughtOffset < at.thoughtOffset;
    return this.#step(from, wants, startsOver);
  }

  /** Whether there is more than a reader has of what it wants. */
  #isBeyond(from: Reached, wants: ReplyWants): boolean {
    const { text, thought, activities } = this.#state;
    return (
      from.offset < text.length ||
      (wants.thought && from.thoughtOffset < thought.length) ||
      (wants.activities && from.activity < activities.length)
    );
  }

  #step(from: Reached, wants: ReplyWants, startsOver: boolean): Step<ReplyPosition, ReplyEvent> {
    const { attempt, text, thought, activities, status, waitingFor, message } = this.#state;
    const { offset, thoughtOffset, activity } = from;
    const news = wants.thought ? thought.slice(thoughtOffset) : "";
    const event: ReplyEvent = {
      messageId: this.#id,
      attempt,
      offset,
      text: offset === this.#tail.offset ? this.#tail.text : text.slice(offset),
      thought: news !== "" || startsOver ? { offset: thoughtOffset, text: news } : null,
      activity,
      activities: wants.activities ? activities.slice(activity) : [],
      thoughts: thought,
      status,
      waitingFor,
      message,
      trace: offset === 0 && text !== "" ? this.#takeTrace() : undefined,
    };
    const position = {
      attempt,
      offset: Math.max(offset, text.length),
      thoughtOffset: wants.thought ? Math.max(thoughtOffset, thought.length) : 0,
      activity: wants.activities ? Math.max(activity, activities.length) : 0,
      wants,
      status,
      waitingFor,
    };
    return { event, position };
  }

  /** Once: a reader that comes later is not the first. */
  #takeTrace(): TraceParent | undefined {
    const taken = this.#trace;
    this.#trace = undefined;
    return taken;
  }

  /**
   * Where in the present attempt a reader goes on: where it stands, if it stands in this attempt and not
   * inside a surrogate pair. A reader ahead of the text (this process knows less than the one before) waits
   * there for the text to catch up; if the reply has ended it never will, and the reader starts over.
   */
  #resumeOffset(at: ReplyPosition, offset: number, grown: string | readonly Activity[], tail: Tail = NO_TAIL): number {
    if (at.attempt !== this.#state.attempt || offset <= 0) return 0;
    if (offset > grown.length) return this.ended ? 0 : offset;
    if (offset === grown.length || (offset === tail.offset && !isLowSurrogate(tail.text.charCodeAt(0)))) return offset;
    return typeof grown === "string" && splitsPair(grown, offset) ? offset - 1 : offset;
  }
}

export type ReplyHead = Readonly<{
  attempt: number;
  length: number;
  thoughtLength: number;
  activities: number;
  status: MessageStatus;
  waitingFor: ReplyWait | null;
}>;

const ALL: ReplyWants = { thought: true, activities: true };

/** Of two copies of the same thing, which grows. */
const longer = <T extends { readonly length: number }>(found: T, known: T): T =>
  found.length < known.length ? known : found;

const NO_TAIL: Tail = { offset: 0, text: "" };

type Tail = Readonly<{ offset: number; text: string }>;
type Reached = Pick<ReplyPosition, "offset" | "thoughtOffset" | "activity">;

function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff && isLowSurrogate(text.charCodeAt(at));
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;
