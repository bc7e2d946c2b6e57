import { z } from "zod";
import { Prisma } from "../generated/prisma/client.ts";

/** PostgreSQL's code (https://www.postgresql.org/docs/18/errcodes-appendix.html), as Prisma passes it on. */
const Meta = z.object({ driverAdapterError: z.object({ cause: z.object({ originalCode: z.literal("23505") }) }) });

/** Whether an error means that a unique index holds another such row. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && Meta.safeParse(error.meta).success;
