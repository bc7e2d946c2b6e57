import { fieldsOf } from "./chunks.ts";
import { createStorableStream } from "../text/storable-stream.ts";

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

/** Of what is named in a note, in UTF-16 code units. */
const MAX_NAME_LENGTH = 64;

/** The text of one reply, put together from its parts. */
export type ReplyText = Readonly<{
  /** What these parts add to the text. */
  push(parts: readonly unknown[]): string;
  /** What is left when nothing more comes. */
  end(): string;
}>;

/**
 * Makes text of the parts of a reply (https://ai.google.dev/api/caching#Part), without the model's thoughts. In the place of
 * whatever is no text stands a note in a paragraph of its own, such as `[image/png left out]`; one like the note before is
 * not repeated, as a function call comes in many parts.
 *
 * The text is storable, whatever comes.
 */
export function createReplyText(): ReplyText {
  const storable = createStorableStream();
  /** The text's last two characters. */
  let tail = "";
  /** The note that stands last. */
  let note = "";

  function write(text: string): string {
    tail = (tail + text).slice(-2);
    return text;
  }

  function writeText(text: string): string {
    if (text === "") return "";
    const gap = note === "" || text.startsWith("\n") ? "" : "\n\n";
    note = "";
    return write(gap + text);
  }

  function writeNote(name: string): string {
    const next = `[${name} left out]`;
    if (next === note) return "";
    const gap = tail === "" || tail === "\n\n" ? "" : tail.endsWith("\n") ? "\n" : "\n\n";
    note = next;
    return write(gap + next);
  }

  function read(part: unknown): string {
    const { text, thought } = fieldsOf<"text" | "thought">(part);
    if (thought) return "";
    const said = typeof part === "string" ? part : typeof text === "string" ? text : "";
    return writeText(said) + namesOf(part).map(writeNote).join("");
  }

  return {
    push: (parts) => storable.push(parts.map(read).join("")),
    end: () => storable.end(),
  };
}

/** What a part brings beside text. */
function namesOf(part: unknown): string[] {
  if (typeof part === "string") return [];
  if (typeof part !== "object" || part === null) return ["something"];
  return Object.entries(part)
    .filter(([key, value]) => value !== null && (!ABOUT_PART.has(key) || (key === "text" && typeof value !== "string")))
    .map(([key, value]) => mimeTypeOf(value) ?? NAMES.get(key) ?? toName(key));
}

function mimeTypeOf(value: unknown): string | undefined {
  const { mimeType } = fieldsOf<"mimeType">(value);
  const name = typeof mimeType === "string" ? /^[\w.+-]+\/[\w.+-]+/.exec(mimeType.slice(0, 256))?.[0] : undefined;
  return name?.slice(0, MAX_NAME_LENGTH);
}

const toName = (key: string): string => key.slice(0, MAX_NAME_LENGTH).replaceAll(/[^\w-]/g, "") || "something";
