import { z } from "zod";
import { DomainError } from "../../errors.ts";
import { replaceLoneSurrogates } from "../../platform/text/text.ts";
import { inNfc } from "./passwords.ts";

/**
 * Characters of a new password. NIST SP 800-63B: at least 8, at least 64 must be possible, and no rules on which
 * characters; the upper end only bounds the work.
 */
const PASSWORD_LENGTH = { min: 8, max: 128 };

/** A password to be set. */
export const NewPassword = z
  .string()
  .overwrite(replaceLoneSurrogates)
  .transform(inNfc)
  .refine(
    (text) => lengthOf(text) >= PASSWORD_LENGTH.min && lengthOf(text) <= PASSWORD_LENGTH.max,
    `must have ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters`,
  );

/** In code points, as NIST counts. */
const lengthOf = (text: string): number => Array.from(text).length;

/** A password to be compared, in code points before NFC: no rules but one that bounds the work. */
export const GivenPassword = z
  .string()
  .overwrite(replaceLoneSurrogates)
  .min(1)
  .max(PASSWORD_LENGTH.max * 4);

/**
 * Refuses passwords that are easy to guess: the 50,000 most common ones, the person's own number and name, Colloquy's
 * name, one repeated character.
 *
 * @throws {DomainError} `BAD_USER_INPUT` with the field `newPassword`
 */
export async function assertUncommon(password: string, person: { phone: string; name: string | null }): Promise<void> {
  const plain = password.toLowerCase();
  const own = ["colloquy", person.phone, person.phone.slice(1), person.name?.toLowerCase() ?? ""];
  const letters = new Set(plain);
  const guessable = letters.size < 3 || own.some((word) => withoutNumber(word) === withoutNumber(plain));
  if (!guessable && !(await loadCommon()).has(plain)) return;
  const message = "newPassword: is one of those that are tried first";
  throw new DomainError("BAD_USER_INPUT", message, {
    field: "newPassword",
    issues: [{ field: "newPassword", message }],
  });
}

/** "colloquy2026!" is no better than "colloquy", but a number alone is one. */
const withoutNumber = (word: string) => word.replace(/[^\p{L}]+$/u, "") || word;

let common: Promise<ReadonlySet<string>> | undefined;

/** Loaded when the first password is set: most processes never need it. */
function loadCommon(): Promise<ReadonlySet<string>> {
  common ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) => new Set(dictionary["passwords-common"]));
  return common;
}
