import { postgresCodeOf } from "./postgres-code.ts";

/** A text with a character that PostgreSQL does not store (U+0000), and one that is no id or number where it wants one. */
const UNREADABLE = new Set<string | undefined>(["22021", "22P02"]);

/** Whether an error means that the database could not read a value that it was given, such as a forged cursor. */
export const isUnreadableValue = (error: unknown): boolean => UNREADABLE.has(postgresCodeOf(error));
