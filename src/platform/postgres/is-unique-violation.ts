import { postgresCodeOf } from "./postgres-code.ts";

const UNIQUE_VIOLATION = "23505";

/** Whether an error means that a unique index holds another such row. */
export const isUniqueViolation = (error: unknown): boolean => postgresCodeOf(error) === UNIQUE_VIOLATION;
