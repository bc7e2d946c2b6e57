const DIGITS = { first: 0x30, last: 0x39 };
/** Code units up to here are Latin, from there to `ALPHABETS_END` other alphabets (Greek to Thai), then all other scripts. */
const LATIN_END = 0x24f;
const ALPHABETS_END = 0xe7f;

/** Google counts four characters of English as about a token; of an alphabet that its models saw less of, two. */
const LATIN = 1 / 4;
const ALPHABET = 1 / 2;
/** A Han, Kana or Hangul character is about a token, and so is a digit; an emoji, which has two code units, is two. */
const SIGN = 1;

/**
 * About how many tokens a text has, by its scripts, rather too many than too few. The real count is the provider's.
 *
 * @param enough counting ends as soon as there are more than this
 */
export function estimateTokens(text: string, enough = Number.POSITIVE_INFINITY): number {
  let tokens = 0;
  for (let at = 0; at < text.length && tokens <= enough; at += 1) tokens += weightOf(text.charCodeAt(at));
  return Math.ceil(tokens);
}

function weightOf(unit: number): number {
  if (unit >= DIGITS.first && unit <= DIGITS.last) return SIGN;
  if (unit <= LATIN_END) return LATIN;
  return unit <= ALPHABETS_END ? ALPHABET : SIGN;
}
