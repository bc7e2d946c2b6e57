import { Prisma } from "../../generated/prisma/client.ts";
import { postgresCodeOf } from "./postgres-code.ts";

/** PostgreSQL's classes 22, data exception, and 23, integrity constraint violation. */
const DATA_CLASSES = /^2[23]/;

/**
 * Whether the database refuses the data itself: a character, a number or a row. The same statement fails each time, so
 * a retry is useless.
 */
export function isDataFault(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientValidationError || DATA_CLASSES.test(postgresCodeOf(error) ?? "");
}
