/** @returns an option's number; undefined when it was not given. @throws {Error} for what is no whole number above 0 */
export function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} needs a whole number above 0, not "${text}"`);
  return Number(text);
}
