import type { Turn } from "./model.ts";

/**
 * The models that take each other's signatures. Google does not say how far that goes, so only names that differ by a
 * version or a preview alone are one family: `gemini-3.8-flash-002` and `gemini-3.8-flash`.
 */
export const familyOf = (model: string): string =>
  /^[a-z]+-\d+(?:\.\d+)?(?:-(?:pro|flash-lite|flash))?/.exec(model)?.[0] ?? model;

/** Whether a 400 is about the signatures that came back: "Corrupted thought signature.", "… missing a thought_signature …". */
export const blamesSignatures = (error: unknown): boolean =>
  error instanceof Error && "status" in error && error.status === 400 && /thought.?signature/i.test(error.message);

/** The turns as people read them, without what was signed; undefined where nothing was. */
export const withoutSignatures = (turns: readonly Turn[]): Turn[] | undefined =>
  turns.some(({ signed }) => signed) ? turns.map(({ role, text }) => ({ role, text })) : undefined;
