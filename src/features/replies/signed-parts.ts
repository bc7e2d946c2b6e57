import type { Activity } from "../../platform/gemini/activity.ts";
import type { PartSignature, TurnPart } from "../../platform/gemini/model.ts";
import { layoutOf } from "../messages/parts-of.ts";

/** A reply and what the model signed of it. */
export type SignedReply = Readonly<{
  content: string;
  activities: readonly Activity[];
  signatures: readonly PartSignature[];
}>;

/**
 * A reply in the parts that its model wants back: each signature with the very stretch of text, program or result that it
 * came with. Thoughts go back in no form but this; of what cannot be shown nothing goes back, and no note.
 */
export function signedParts({ content, activities, signatures }: SignedReply): TurnPart[] {
  const parts: TurnPart[] = [];
  const ofText = signatures.filter(({ activity }) => activity === null);
  let next = 0;

  /** Those at the text's end are signatures of an empty text, which came after it. */
  function addEmptyUpTo(end: number): void {
    for (let signed = ofText[next]; signed && signed.start === signed.end && signed.end <= end; signed = ofText[next]) {
      parts.push({ kind: "TEXT", text: "", signature: signed.signature });
      next += 1;
    }
  }

  function addText(start: number, end: number): void {
    let at = start;
    for (let signed = ofText[next]; signed && signed.end <= end; signed = ofText[next]) {
      if (signed.start > at) parts.push({ kind: "TEXT", text: content.slice(at, signed.start) });
      parts.push({ kind: "TEXT", text: content.slice(signed.start, signed.end), signature: signed.signature });
      at = signed.end;
      next += 1;
    }
    if (end > at) parts.push({ kind: "TEXT", text: content.slice(at, end) });
  }

  for (const item of layoutOf({ content, activities })) {
    if (!("kind" in item)) addText(item.start, item.end);
    else if (item.kind === "CODE" || item.kind === "CODE_RESULT") {
      const { signature } = signatures.find(({ activity }) => activity === item.seq) ?? {};
      if (item.kind === "CODE") parts.push({ kind: "CODE", language: item.language, code: item.code, signature });
      else parts.push({ kind: "CODE_RESULT", outcome: item.outcome, output: item.output, signature });
    }
  }
  addEmptyUpTo(content.length);
  return parts;
}
