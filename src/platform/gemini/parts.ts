import type { ActivityDetail } from "./activity.ts";
import { fieldsOf } from "./chunks.ts";
import { toStorable } from "../text/text.ts";

/** One part of a reply (https://ai.google.dev/api/caching#Part). A single one may bring several things. */
export type ReplyPart = Readonly<{
  /** As it came: it need not be storable. */
  text: string;
  isThought: boolean;
  /** What the model has to get back with this part, opaque. */
  signature: string | null;
  others: readonly OtherContent[];
}>;

/** What a part brings beside text. `name` is for the note that stands for it in the text. */
export type OtherContent = Readonly<{ name: string; detail: PartDetail }>;

export type PartDetail = Readonly<Extract<ActivityDetail, { kind: "CODE" | "CODE_RESULT" | "UNSUPPORTED" }>>;

/** Fields of a part that say something of it, and are none of what it brings. */
const ABOUT_PART: ReadonlySet<string> = new Set([
  "text",
  "thought",
  "thoughtSignature",
  "partMetadata",
  "videoMetadata",
  "mediaResolution",
]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ["inlineData", "file"],
  ["fileData", "file"],
  ["executableCode", "code"],
  ["codeExecutionResult", "result of code"],
  ["functionCall", "function call"],
  ["functionResponse", "result of a function"],
]);

/** Types of files that have a name of their own. */
const MEDIA: ReadonlySet<string> = new Set(["image", "audio", "video"]);

/** Of what is named in a note or an activity, in UTF-16 code units. */
const MAX_NAME_LENGTH = 64;
/** A signature, in characters; Gemini's longest have some 10,000. */
const MAX_SIGNATURE_LENGTH = 64 * 1024;

/** What a part of a reply brings, whatever it looks like. */
export function readPart(part: unknown): ReplyPart {
  const { text, thought, thoughtSignature } = fieldsOf<"text" | "thought" | "thoughtSignature">(part);
  return {
    text: typeof part === "string" ? part : typeof text === "string" ? text : "",
    isThought: Boolean(thought),
    signature: isSignature(thoughtSignature) ? thoughtSignature : null,
    others: othersOf(part),
  };
}

/** Bytes in Base64, of either alphabet. */
const isSignature = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_SIGNATURE_LENGTH && /^[\w+/-]+={0,2}$/.test(value);

function othersOf(part: unknown): OtherContent[] {
  if (typeof part === "string") return [];
  if (typeof part !== "object" || part === null) return [{ name: "something", detail: unsupported("something") }];
  const fields = fieldsOf(part);
  const isOther = (key: string): boolean =>
    fields[key] !== null && (!ABOUT_PART.has(key) || (key === "text" && typeof fields[key] !== "string"));
  return Object.keys(part)
    .filter(isOther)
    .map((key) => ({
      name: mimeTypeOf(fields[key]) ?? NAMES.get(key) ?? toName(key),
      detail: detailOf(key, fields[key]),
    }));
}

function detailOf(key: string, value: unknown): PartDetail {
  const { language, code, outcome, output, data } = fieldsOf<"language" | "code" | "outcome" | "output" | "data">(
    value,
  );
  if (key === "executableCode" && typeof code === "string") {
    return { kind: "CODE", language: toWord(language), code: toStorable(code) };
  }
  if (key === "codeExecutionResult") {
    const text = typeof output === "string" ? toStorable(output) : "";
    return { kind: "CODE_RESULT", outcome: toWord(outcome), output: text };
  }
  const mimeType = mimeTypeOf(value) ?? null;
  const [type = ""] = mimeType?.split("/") ?? [];
  const what = MEDIA.has(type) ? type : (NAMES.get(key) ?? toName(key));
  return { ...unsupported(what), mimeType, bytes: key === "inlineData" ? sizeOf(data) : null };
}

export const unsupported = (what: string) => ({ kind: "UNSUPPORTED", what, mimeType: null, bytes: null }) as const;

function mimeTypeOf(value: unknown): string | undefined {
  const { mimeType } = fieldsOf<"mimeType">(value);
  const name = typeof mimeType === "string" ? /^[\w.+-]+\/[\w.+-]+/.exec(mimeType.slice(0, 256))?.[0] : undefined;
  return name?.slice(0, MAX_NAME_LENGTH);
}

/** Bytes that a text in Base64 stands for. */
function sizeOf(data: unknown): number | null {
  if (typeof data !== "string") return null;
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return Math.floor(((data.length - padding) * 3) / 4);
}

const toName = (key: string): string => toWord(key) || "something";

/** A word of the API, such as `PYTHON`. */
const toWord = (value: unknown): string =>
  typeof value === "string" ? value.slice(0, MAX_NAME_LENGTH).replaceAll(/[^\w-]/g, "") : "";
