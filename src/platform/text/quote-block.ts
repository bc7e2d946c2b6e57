/**
 * A text as material in a prompt, between tags that it cannot close itself.
 *
 * @param tag a plain word
 */
export const quoteBlock = (tag: string, text: string): string =>
  `<${tag}>\n${text.replace(new RegExp(`<(\\s*/?\\s*${tag})`, "giu"), "‹$1")}\n</${tag}>`;
