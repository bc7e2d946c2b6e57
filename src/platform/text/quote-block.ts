/** Tags of our prompts. A text between two of them cannot close its own, nor open another one. */
const TAGS = ["message", "user", "assistant", "earlier_summary", "conversation_summary"] as const;
const OPENING = new RegExp(`<(?=\\s*/?\\s*(?:${TAGS.join("|")})\\b)`, "giu");

/** A text as material in a prompt, between tags. */
export const quoteBlock = (tag: (typeof TAGS)[number], text: string): string =>
  `<${tag}>\n${text.replace(OPENING, "‹")}\n</${tag}>`;
