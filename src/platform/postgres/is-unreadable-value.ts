import { postgresCodeOf } from "./postgres-code.ts";

/**
 * A text with a character that PostgreSQL does not store (U+0000), one that is no id, number or time where it wants one,
 * and a number or a time that is too large.
 */
const UNREADABLE = new Set<string | undefined>(["22021", "22P02", "22003", "22007", "22008"]);

/** Whether an error means that the database could not read a value that it was given, such as a forged cursor. */
export const isUnreadableValue = (error: unknown): boolean => UNREADABLE.has(postgresCodeOf(error));
