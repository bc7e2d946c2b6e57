import { z } from "zod";
import { Prisma } from "../generated/prisma/client.ts";

/**
 * PostgreSQL's words for a text with a character it does not store (U+0000), and for one that is no id or number
 * where it wants one (https://www.postgresql.org/docs/18/errcodes-appendix.html).
 */
const UNREADABLE = ["22021", "22P02"];
const Meta = z.object({ driverAdapterError: z.object({ cause: z.object({ originalCode: z.enum(UNREADABLE) }) }) });

/** Whether an error means that the database could not read a value that it was given, such as a forged cursor. */
export const isUnreadableValue = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && Meta.safeParse(error.meta).success;
