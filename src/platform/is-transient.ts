import { Prisma } from "../generated/prisma/client.ts";
import { postgresCodeOf } from "./postgres/postgres-code.ts";
import { TimeoutError } from "./timing.ts";
import { isWriteConflict } from "./postgres/transact.ts";

/**
 * Prisma's codes for a database that cannot be reached, does not answer in time, or disconnected in the middle
 * (https://www.prisma.io/docs/orm/reference/error-reference).
 */
const PRISMA_CODES = new Set(["P1000", "P1001", "P1002", "P1008", "P1011", "P1017", "P2024", "P2028", "P2037"]);
/**
 * PostgreSQL's classes 08 (connection), 53 (resources) and 57 (an operator stepped in: shutting down, a statement that
 * took too long), its word for a wrong password, and the sockets' own words.
 */
const OTHER_CODES = /^(08|53|57)|^(28P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)$/;
const MESSAGES =
  /Command timed out|Connection is closed|Connection terminated|timeout exceeded when trying to connect|does not answer|Can't reach database/;

/**
 * Whether an error means that PostgreSQL or Redis is unavailable, or that other transactions were in the way more often
 * than is tried: a fault that passes, and not one of ours.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof TimeoutError || isWriteConflict(error)) return true;
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (PRISMA_CODES.has(code)) return true;
  const answered = postgresCodeOf(error);
  // PostgreSQL quotes the value that it refuses, which may read like any other message.
  if (answered !== undefined) return OTHER_CODES.test(answered);
  if (error instanceof Prisma.PrismaClientValidationError) return false;
  return OTHER_CODES.test(code) || MESSAGES.test(error.message) || isTransient(error.cause);
}
