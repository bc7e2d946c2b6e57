const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const BLANK = /[\p{Z}\s]/gu;
const DASH = /[\p{Pd}\u2212]/gu;
const PLUS = /[\uFF0B\uFE62]/gu;
const DIGIT = /\p{Nd}/gu;
const isDigit = (codePoint: number): boolean => /^\p{Nd}$/u.test(String.fromCodePoint(codePoint));

/**
 * Digits as a person pastes or types them, in ASCII: decimal digits of every script become 0 to 9, dashes and plus signs
 * their plain forms, each blank a space; bidi marks, zero-width characters and other invisible ones go. All else stays.
 */
export const plainDigits = (text: string): string =>
  text
    .replace(INVISIBLE, "")
    .replace(BLANK, " ")
    .replace(DASH, "-")
    .replace(PLUS, "+")
    .replace(DIGIT, (digit) => String(valueOf(digit.codePointAt(0) ?? 0)));

/** Unicode gives decimal digits out in runs that begin with a zero, ten after ten (The Unicode Standard, 4.6). */
function valueOf(codePoint: number): number {
  let start = codePoint;
  while (isDigit(start - 1)) start -= 1;
  return (codePoint - start) % 10;
}
