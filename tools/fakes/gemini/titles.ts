import { withoutDirectives } from "./directives.ts";

const MAX_WORDS = 5;
const MAX_CHARACTERS = 40;
/** Words that no title needs. */
const FILLERS = /^(?:a|an|and|are|can|do|for|give|how|in|is|it|me|my|of|on|please|tell|the|to|what|write|you)$/i;

/** The fake's own title for a message, which stands between tags: some of its words, the same for the same message. */
export function fakeTitle(prompt: string): string {
  const message = withoutDirectives(prompt.replace(/^<message>|<\/message>$/g, ""));
  const words = message.match(/[\p{L}\p{M}\p{N}'’-]+/gu) ?? [];
  const telling = words.filter((word) => !FILLERS.test(word)).slice(0, MAX_WORDS);
  const title = Array.from(telling.join(" ")).slice(0, MAX_CHARACTERS).join("");
  return title === "" ? "A conversation" : title.charAt(0).toUpperCase() + title.slice(1);
}
