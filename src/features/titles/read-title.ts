import { isBlank } from "../../platform/text/blank.ts";
import { lineStart } from "../../platform/text/line-start.ts";
import { MAX_TITLE_LENGTH } from "../rooms/title.ts";

/** What models put around a title although they are asked for plain text: Markdown, quotation marks, a label. */
const LABEL = /^[#*_>`\s]*title\s*[:：]\s*/iu;
const AROUND = /^[\s#*_>`"'“”„‟«»‹›「」『』《》-]+|[\s*_`"'“”„‟«»‹›「」『』《》.。．]+$/gu;

/**
 * The title in a model's answer: its first line that has any text, as plain text of `MAX_TITLE_LENGTH` at most.
 *
 * @returns null where there is none
 */
export function readTitle(answer: string): string | null {
  const line = answer
    .split(/[\r\n\u2028\u2029]/u)
    .find((each) => !isBlank(each.replace(LABEL, "").replace(AROUND, "")));
  const title = lineStart((line ?? "").replace(LABEL, "").replace(AROUND, ""), MAX_TITLE_LENGTH);
  return title === "" ? null : title;
}
