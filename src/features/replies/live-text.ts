import { MAX_ACTIVITIES, MAX_THOUGHT_BYTES, type Activity } from "../../platform/gemini/activity.ts";
import type { Redis } from "../../platform/redis/redis.ts";
import type { TraceParent } from "../../platform/telemetry/tracing.ts";
import { liveMetaKey, liveTextKey } from "../messages/live-keys.ts";
import { readActivities } from "../messages/read-activities.ts";
import { livePartsTopic, liveTextTopic, type LivePartsWire, type LiveTextWire } from "./events.ts";
import {
  appendScript,
  appendTextScript,
  discardScript,
  endScript,
  readScript,
  stopScript,
  writeScript,
} from "./live-text-scripts.ts";

/** What an attempt at a reply has so far: three things that only grow. */
export type Written = Readonly<{ text: string; thought: string; activities: readonly Activity[] }>;

export const NOTHING_WRITTEN: Written = { text: "", thought: "", activities: [] };

/**
 * A reply in progress, as Redis holds it: its text and its thoughts, a string each, a list of its activities, and a hash with
 * the attempt they belong to, their lengths (of texts in UTF-16 code units), the state, whether a stop was asked for, and when
 * the worker was last heard of. Losing all of it loses no reply: a writer that finds it gone writes it again, and readers fall
 * back to the database.
 */
export type LiveText = Written &
  Readonly<{
    attempt: number;
    state: "streaming" | "ended";
    /** Milliseconds since the worker's last write or heartbeat, by Redis' clock. */
    silence: number;
  }>;

/**
 * How a write was taken.
 * `written`; `fenced`: a later attempt owns the text; `stopped`: a stop was asked for, the text stays as it
 * is; `lost`: Redis does not hold what the writer thinks it does; `full`: the text has reached its limit.
 */
export type WriteResult = "written" | "fenced" | "stopped" | "lost" | "full";

/** A reply longer than this is cut off, in bytes of UTF-8. Gemini's longest answers have some 65,000 tokens. */
export const MAX_BYTES = 1024 * 1024;
/** How long the text of a silent attempt stays, in seconds. */
export const STREAMING_TTL_S = 15 * 60;
/** How long an ended text stays for its readers, in seconds; then the database serves. */
const ENDED_TTL_S = 60;

const keysOf = (replyId: string) => [
  liveTextKey(replyId),
  liveMetaKey(replyId),
  `reply:{${replyId}}:thought`,
  `reply:{${replyId}}:activities`,
];

/** No attempt reaches this number, so every later write is fenced. */
const NO_MORE = 2 ** 31 - 1;

/** Goes with the first pieces, for the trace to end where they are delivered. */
type Trace = TraceParent | undefined;

/** Makes this all of an attempt. @throws when Redis is unavailable */
export async function writeLiveText(
  redis: Redis,
  replyId: string,
  {
    attempt,
    text,
    thought = "",
    activities = [],
    trace,
  }: { attempt: number; text: string; trace?: Trace } & Partial<Written>,
): Promise<WriteResult> {
  const wire = { kind: "text", attempt, offset: 0, text, trace } as const;
  const parts = { kind: "parts", attempt, thoughtOffset: 0, thought, activity: 0, activities } as const;
  const args = [attempt, text, text.length, thought, thought.length, STREAMING_TTL_S, ...said(replyId, wire, parts)];
  return (await writeScript(redis, keysOf(replyId), [...args, ...stored(activities)])) as WriteResult;
}

/** What is appended, and where it stands. */
export type LivePiece = Readonly<{ attempt: number; offset: number; text: string; trace?: Trace }> &
  Partial<Readonly<{ thoughtOffset: number; thought: string; activity: number; activities: readonly Activity[] }>>;

/** Appends each at its offset, all or nothing; an empty piece only says that the worker is there. @throws when Redis is unavailable */
export function appendLiveText(redis: Redis, replyId: string, piece: LivePiece): Promise<WriteResult> {
  const { attempt, offset, text, thoughtOffset = 0, thought = "", activity = 0, activities = [], trace } = piece;
  const wire = { kind: "text", attempt, offset, text, trace } as const;
  if (thoughtOffset + thought.length + activity + activities.length === 0) {
    const channel = liveTextTopic.name(replyId);
    const args = [attempt, text, offset, text.length, STREAMING_TTL_S, MAX_BYTES, channel, JSON.stringify(wire)];
    return appendTextScript(redis, [liveTextKey(replyId), liveMetaKey(replyId)], args) as Promise<WriteResult>;
  }
  const parts = { kind: "parts", attempt, thoughtOffset, thought, activity, activities } as const;
  const additions = [attempt, text, offset, text.length, thought, thoughtOffset, thought.length, activity];
  const limits = [STREAMING_TTL_S, MAX_BYTES, MAX_THOUGHT_BYTES, MAX_ACTIVITIES];
  const args = [...additions, ...limits, ...said(replyId, wire, parts), ...stored(activities)];
  return appendScript(redis, keysOf(replyId), args) as Promise<WriteResult>;
}

const stored = (activities: readonly Activity[]): string[] => activities.map((activity) => JSON.stringify(activity));

/**
 * The channels of a reply, and what is said on each. Thoughts and activities have one of their own: a process whose readers ask
 * for none does not hear of them.
 */
function said(replyId: string, wire: Extract<LiveTextWire, { kind: "text" }>, parts: LivePartsWire): string[] {
  const news = parts.thought !== "" || parts.activities.length > 0;
  return [
    liveTextTopic.name(replyId),
    JSON.stringify(news ? { ...wire, withParts: true } : wire),
    livePartsTopic.name(replyId),
    news ? JSON.stringify(parts) : "",
  ];
}

/** Refuses further writes of this attempt. @returns what it has so far; null when Redis holds none of this attempt */
export async function stopLiveText(redis: Redis, replyId: string, attempt: number): Promise<Written | null> {
  const found = (await stopScript(redis, keysOf(replyId), [attempt])) as [string, string, string[]] | null;
  if (!found) return null;
  const [text, thought, activities] = found;
  return { text, thought, activities: readActivities(activities) };
}

/** Makes readers read the database, and lets the live text expire. @throws when Redis is unavailable */
export async function endLiveText(redis: Redis, replyId: string, attempt: number): Promise<void> {
  const wire: LiveTextWire = { kind: "changed", attempt };
  await endScript(redis, keysOf(replyId), [attempt, ENDED_TTL_S, liveTextTopic.name(replyId), JSON.stringify(wire)]);
}

/**
 * Deletes the text of a deleted reply and fences its worker off, for `STREAMING_TTL_S`. @throws when Redis is
 * unavailable
 */
export async function discardLiveText(redis: Redis, replyId: string): Promise<void> {
  await discardScript(redis, keysOf(replyId), [NO_MORE, STREAMING_TTL_S]);
}

/**
 * @param parts whether thoughts and activities are read; else there are none
 * @returns null when Redis holds no text of this reply
 * @throws when Redis is unavailable
 */
export async function readLiveText(
  redis: Redis,
  replyId: string,
  { parts }: { parts: boolean },
): Promise<LiveText | null> {
  type Found = [attempt: string, LiveText["state"], silence: number, text: string, thought: string, string[]];
  const found = (await readScript(redis, keysOf(replyId), [parts ? 1 : 0])) as Found | null;
  if (!found) return null;
  const [attempt, state, silence, text, thought, activities] = found;
  return { attempt: Number(attempt), state, silence, text, thought, activities: readActivities(activities) };
}

/** What a live text has come to, without the texts. */
export type LiveHead = Pick<LiveText, "attempt" | "state" | "silence"> &
  Readonly<{ length: number; thoughtLength: number; activities: number }>;

const HEAD = ["attempt", "length", "state", "heard", "thoughtLength", "activities"] as const;

/** The head of many live texts at once; null where Redis holds none. @throws when Redis is unavailable */
export async function readLiveHeads(redis: Redis, replyIds: readonly string[]): Promise<Map<string, LiveHead | null>> {
  if (replyIds.length === 0) return new Map();
  const pipeline = redis.pipeline().time();
  for (const id of replyIds) pipeline.hmget(liveMetaKey(id), ...HEAD);
  const [time, ...found] = (await pipeline.exec()) ?? [];
  if (!time || time[0]) throw time?.[0] ?? new Error("Redis answered nothing");
  const [seconds, micros] = time[1] as [string, string];
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  return new Map(
    replyIds.map((id, index) => {
      const [error, fields] = found[index] ?? [new Error("Redis answered too little"), []];
      if (error) throw error;
      const [attempt, length, state, heard, thoughtLength, activities] = fields as (string | null)[];
      if (!attempt || !length || !state || !heard) return [id, null];
      const lengths = { length: Number(length), thoughtLength: Number(thoughtLength), activities: Number(activities) };
      const head = { attempt: Number(attempt), ...lengths, silence: now - Number(heard) };
      return [id, { ...head, state: state as LiveText["state"] }];
    }),
  );
}
