/** A directive that cannot be read; answered as a 400, so that a misspelt one does not pass for a success. */
export class DirectiveError extends Error {
  override readonly name = "DirectiveError";
}

/** @throws {DirectiveError} when the value is no number, or below 0 */
export function readNumber(word: string, value: string | undefined): number {
  const number = Number(value);
  if (!value || !Number.isFinite(number) || number < 0) throw new DirectiveError(`fake: "${word}" needs a number`);
  return number;
}

/** @throws {DirectiveError} when the value is none of `known` */
export function readOneOf<Word extends string>(word: string, value: string | undefined, known: readonly Word[]): Word {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new DirectiveError(`fake: "${word}" is one of ${known.join(", ")}`);
  return found;
}
