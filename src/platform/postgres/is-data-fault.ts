import { Prisma } from "../../generated/prisma/client.ts";
import { postgresCodeOf } from "./postgres-code.ts";

/** PostgreSQL's classes 22, data exception, and 23, integrity constraint violation. */
const DATA_CLASSES = /^2[23]/;

/**
 * Whether an error means that what was to be written cannot be: a character, a number or a row that the database refuses.
 * The same statement fails each time, so nothing is gained by a repetition.
 */
export function isDataFault(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientValidationError || DATA_CLASSES.test(postgresCodeOf(error) ?? "");
}
