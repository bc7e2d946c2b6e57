/** Where a text that broke off and what the model writes next are joined. */
export type Seam = Readonly<{
  /** What of the text is new; empty until that can be told. */
  push(text: string): string;
  /** What was held back, when nothing more comes. */
  end(): string;
  /** How many code units longer or shorter what came out is than what went in; undefined until that can be told. */
  shift(): number | undefined;
}>;

/** Of the end of a text that is looked for in what follows, in UTF-16 code units. */
const MAX_REPEATED = 400;
/** Fewer are no repetition, but the language's own, unless they are all of the text. */
const MIN_REPEATED = 8;
/** Letters and digits of scripts that put blanks between words. */
const IN_WORD =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Hangul}\p{Script=Devanagari}\p{N}]/u;

/**
 * A model that goes on with a text may repeat the last words of it, begin with a blank that is there already, or leave one
 * out. The words are repeated on request, so that the joint is known: see `lastWords`.
 *
 * @param kept the text so far
 * @param asked whether the model was asked to go on, and so begins a new word
 */
export function createSeam(kept: string, { asked }: { asked: boolean }): Seam {
  const trimmed = kept.trimEnd();
  const blank = kept.slice(trimmed.length);
  const tails = tailsOf(trimmed);
  let held = "";
  let shift: number | undefined;

  function join(): string {
    const body = held.trimStart();
    const repeated = tails.find((tail) => body.startsWith(tail));
    const rest = repeated === undefined ? withoutDouble(held) : afterBlank(body.slice(repeated.length));
    shift = rest.length - held.length;
    held = "";
    return rest;
  }

  /** After a repetition comes what of the blank was not repeated. */
  function afterBlank(rest: string): string {
    if (rest.startsWith(blank)) return rest.slice(blank.length);
    return rest.trimStart();
  }

  function withoutDouble(text: string): string {
    if (blank.endsWith(" ")) return text.replace(/^ +/, "");
    if (blank.endsWith("\n")) return text.replace(/^\n+/, "");
    return asked && isInWord(trimmed.at(-1)) && isInWord(text.at(0)) ? ` ${text}` : text;
  }

  return {
    push(text) {
      if (shift !== undefined) return text;
      held += text;
      const body = held.trimStart();
      const undecided = body === "" || tails.some((tail) => (tail + blank).startsWith(body));
      return undecided ? "" : join();
    },
    end: () => (shift === undefined && held !== "" ? join() : ""),
    shift: () => shift,
  };
}

/** The end of a text that a model is asked to repeat: whole words, if they are not too long. */
export function lastWords(text: string): string {
  const trimmed = text.trimEnd();
  return tailsOf(trimmed).find(({ length }) => length <= 60) ?? trimmed.slice(-60);
}

/** Each end of the text that begins with a word, the longest first. */
function tailsOf(text: string): string[] {
  const first = Math.max(0, text.length - MAX_REPEATED);
  const tails: string[] = [];
  for (let at = first; at === 0 || at <= text.length - MIN_REPEATED; at += 1) {
    if (at >= text.length) break;
    const isInPair = /^[\udc00-\udfff]/.test(text.slice(at, at + 1));
    if (!isInPair && !(isInWord(text[at - 1]) && isInWord(text[at]))) tails.push(text.slice(at));
  }
  return tails;
}

const isInWord = (character: string | undefined): boolean => character !== undefined && IN_WORD.test(character);
