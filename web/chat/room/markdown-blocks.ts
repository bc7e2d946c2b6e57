import { Marked, type Token } from "marked";
import remend from "remend";
import { citeExtension } from "./cite-marks.ts";

const marked = new Marked({ gfm: true, breaks: true, extensions: [citeExtension] });

/** Blocks that are drawn again together, if one of them has changed. */
export type Blocks = readonly Token[];

/** So many blocks are drawn as one: a long text then has few groups to compare. */
const GROUP = 32;
/** What was last may still grow; what was before it may still join it, as two lists do. */
const OPEN_BLOCKS = 2;
/** What begins a line so may say where links lead that stand anywhere in the text. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;

/** Whether blocks need the whole text. */
export const hasDefinitions = (text: string): boolean => DEFINITION.test(text);

/** The blocks of a whole text. */
export const readBlocks = (text: string): readonly Blocks[] => [marked.lexer(text)];

/**
 * Reads a text that grows at its end, each block once: only the last ones are read again. Groups that stay the same are the same
 * objects, and have the same places whether the text came at once or in pieces.
 *
 * A definition of a link is not known to blocks before it; `readBlocks` knows all when the text is whole.
 *
 * @returns reads the text as it is now. If it still grows, what is open at its end is read as if it were closed.
 */
export function createGrowingBlocks(): (text: string, growing: boolean) => readonly Blocks[] {
  let settled = "";
  let groups: readonly Blocks[] = [];

  function settle(tokens: readonly Token[]): void {
    const last = groups.at(-1);
    const joins = last !== undefined && last.length < GROUP;
    const loose = joins ? [...last, ...tokens] : tokens;
    const regrouped = Array.from({ length: Math.ceil(loose.length / GROUP) }, (_, at) =>
      loose.slice(at * GROUP, (at + 1) * GROUP),
    );
    groups = [...(joins ? groups.slice(0, -1) : groups), ...regrouped];
    settled += rawOf(tokens);
  }

  return (source, growing) => {
    const text = source.replaceAll(/\r\n?/g, "\n");
    if (!text.startsWith(settled)) {
      settled = "";
      groups = [];
    }
    const tail = text.slice(settled.length);
    const tokens = marked.lexer(tail);
    const done = tokens.slice(0, openFrom(tokens));
    // What the lexer has changed cannot be found again.
    if (done.length > 0 && tail.startsWith(rawOf(done))) settle(done);
    const open = text.slice(settled.length);
    return [...groups, marked.lexer(growing ? remend(open) : open)];
  };
}

const rawOf = (tokens: readonly Token[]): string => tokens.map(({ raw }) => raw).join("");

/** The index of the first block that may change. */
function openFrom(tokens: readonly Token[]): number {
  let left = OPEN_BLOCKS;
  const index = tokens.findLastIndex(({ type }) => type !== "space" && (left -= 1) === 0);
  return Math.max(0, index);
}
