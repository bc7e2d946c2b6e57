import type { NewActivity } from "./activity.ts";
import { createActivityList } from "./activity-list.ts";
import { candidateOf, readParts } from "./chunks.ts";
import { createCitedText } from "./cited-text.ts";
import type { GeminiEvent } from "./events.ts";
import { readGrounding } from "./grounding.ts";
import type { PartSignature } from "./model.ts";
import { readPart, type OtherContent, type ReplyPart } from "./parts.ts";
import { createReplyText } from "./reply-text.ts";
import { createSources } from "./sources.ts";
import { createThoughts } from "./thoughts.ts";
import { createStorableStream } from "../text/storable-stream.ts";
import { toStorable } from "../text/text.ts";

/** What an event adds to a reply: all of it storable, and nothing where it adds nothing. */
export type ReplyPiece = Readonly<{ text: string; thought: string; activities: readonly NewActivity[] }>;

/** Makes of Gemini's events what a reply consists of: its text, its thoughts, and what the model did beside. */
export type ReplyReader = Readonly<{
  push(event: GeminiEvent): ReplyPiece;
  /** What is left when nothing more comes. */
  end(): ReplyPiece;
  /** All that have come. */
  signatures(): readonly PartSignature[];
  /** Whether something else than text came last, so that its next text may take its time. */
  isBusy(): boolean;
}>;

/** @param now a clock in milliseconds, for how long the model thinks */
export function createReplyReader(now: () => number = () => performance.now()): ReplyReader {
  const replyText = createReplyText();
  const storable = createStorableStream();
  const thoughts = createThoughts(now);
  const activities = createActivityList();
  const cited = createCitedText();
  const sources = createSources(cited);
  let content = "";
  let busy = true;
  const signatures: PartSignature[] = [];
  /** What the event in hand has brought so far; its text is not storable yet. */
  let raw = "";
  let thought = "";

  function closeThoughts(): void {
    const { rest, stretch } = thoughts.close();
    thought += rest;
    // Half a character that waits for its other half is not there yet.
    const at = replyText.length() - (storable.isWaiting(raw) ? 1 : 0);
    if (stretch) activities.add({ at, noteLength: 0, ...stretch });
  }

  function readText({ text, signature }: ReplyPart): void {
    if (text !== "") {
      closeThoughts();
      raw += replyText.writeText(text);
      cited.addText(replyText.length() - text.length, text.length);
      busy = false;
    }
    const end = replyText.length();
    // A text that had to be changed is not what was signed.
    if (signature === null || toStorable(text) !== text) return;
    signatures.push({ start: end - text.length, end, activity: null, signature });
  }

  function readOther({ name, detail }: OtherContent, { isThought, signature }: ReplyPart): void {
    closeThoughts();
    const at = replyText.length();
    const note = isThought ? "" : replyText.writeNote(name);
    raw += note;
    cited.addOther("other");
    busy = true;
    // A function call comes in many parts, an image in one.
    if (!isThought && note === "" && detail.kind === "UNSUPPORTED" && detail.mimeType === null) return;
    const activity = activities.add({ at, noteLength: note.length, ...detail });
    if (signature === null || activity === null || detail.kind === "UNSUPPORTED") return;
    signatures.push({ start: at, end: at + note.length, activity, signature });
  }

  function read(given: unknown): void {
    const part = readPart(given);
    if (!part.isThought) {
      if (part.text !== "" || part.others.length === 0) readText(part);
    } else if (part.text !== "") {
      thought += thoughts.push(part.text);
      cited.addOther("thought");
      busy = true;
    }
    for (const other of part.others) readOther(other, part);
  }

  function take(text: string): ReplyPiece {
    const piece = { text, thought, activities: activities.take() };
    raw = thought = "";
    return piece;
  }

  return {
    push(event) {
      for (const part of readParts(event)) read(part);
      const text = storable.push(raw);
      content += text;
      for (const detail of sources.push(readGrounding(candidateOf(event)), content)) {
        activities.add({ at: content.length, noteLength: 0, ...detail });
      }
      return take(text);
    },
    end() {
      closeThoughts();
      const text = storable.end();
      content += text;
      for (const detail of sources.end(content)) activities.add({ at: content.length, noteLength: 0, ...detail });
      return take(text);
    },
    signatures: () => signatures,
    isBusy: () => busy,
  };
}
