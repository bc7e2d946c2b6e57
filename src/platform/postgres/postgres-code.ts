import { isDriverAdapterError } from "@prisma/driver-adapter-utils";
import { DatabaseError } from "pg";
import { z } from "zod";
import { Prisma } from "../../generated/prisma/client.ts";

const Meta = z.object({ driverAdapterError: z.object({ cause: z.object({ originalCode: z.string() }) }) });

/**
 * PostgreSQL's own code for an error (https://www.postgresql.org/docs/18/errcodes-appendix.html), as pg or Prisma passes it on.
 *
 * @returns undefined for an error that PostgreSQL did not answer with
 */
export function postgresCodeOf(error: unknown): string | undefined {
  if (error instanceof DatabaseError) return error.code;
  // What happens at a commit comes as the driver gave it.
  if (error instanceof Error && isDriverAdapterError(error)) return error.cause.originalCode;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  return Meta.safeParse(error.meta).data?.driverAdapterError.cause.originalCode;
}
