let last = Math.floor(Math.random() * 1_000_000);

/**
 * A number nobody has used in this run: Miami's area code, which no client of `signIn` has, and a running number. No two
 * are of one range of ten thousand, for which there is a limit.
 */
export function newPhone(): string {
  last = (last + 10_007) % 6_999_999;
  // Of what begins with a 2, some are not given out.
  return `+1305${3_000_000 + last}`;
}
