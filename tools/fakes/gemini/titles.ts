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

/** How much of a message stands in a summary, and how many messages do. */
const MAX_QUOTED_CHARACTERS = 24;
const MAX_QUOTES = 20;

/** The fake's own summary of messages, which stand between tags: how each of the user's begins. */
export function fakeSummary(prompt: string): string {
  const messages = Array.from(prompt.matchAll(/<user>\n([^]*?)\n<\/user>/g), ([, message = ""]) => message);
  const quotes = messages.slice(-MAX_QUOTES).map((message) => {
    const line = withoutDirectives(message).replace(/\s+/g, " ");
    return `“${Array.from(line).slice(0, MAX_QUOTED_CHARACTERS).join("")}”`;
  });
  const earlier = prompt.startsWith("<earlier_summary>") ? "more than before, and then of " : "";
  return `They spoke of ${earlier}${quotes.join(", ")}.`;
}
