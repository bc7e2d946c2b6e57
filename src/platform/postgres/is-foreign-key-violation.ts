import { postgresCodeOf } from "./postgres-code.ts";

const FOREIGN_KEY_VIOLATION = "23503";

/** Whether an error means that what a new row refers to is gone. */
export const isForeignKeyViolation = (error: unknown): boolean => postgresCodeOf(error) === FOREIGN_KEY_VIOLATION;
