import { Prisma } from "../../generated/prisma/client.ts";
import { postgresCodeOf } from "./postgres-code.ts";
import type { Database } from "./prisma.ts";
import { backoff, delay } from "../timing.ts";

/** Tries at a transaction, the first one included. */
const MAX_TRIES = 5;
/** Waits between them: up to 20, 40, 80 and 160 ms, so that the same two do not meet again. */
const RETRY_MS = { base: 20, max: 500 };

/** PostgreSQL's class 40, transaction rollback: a deadlock, or a conflict with another transaction. */
const ROLLBACK = /^40/;
/** Prisma's own name for some of them. */
const PRISMA_CONFLICT = "P2034";

/** Whether PostgreSQL rolled a transaction back because of a concurrent one: a retry may succeed. */
export function isWriteConflict(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === PRISMA_CONFLICT) return true;
  return ROLLBACK.test(postgresCodeOf(error) ?? "");
}

/**
 * Repeats work that PostgreSQL undid because of another transaction, up to `MAX_TRIES` times.
 *
 * @param work one statement, or one transaction; it may run more than once, so it changes nothing else
 * @throws the last conflict, which the API answers with `UNAVAILABLE`, and whatever else the work throws
 */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === MAX_TRIES || !isWriteConflict(error)) throw error;
      await delay(backoff(tries, RETRY_MS.base, RETRY_MS.max));
    }
  }
}

/**
 * Runs a transaction, and retries it after a conflict with another one. Rows are locked in one order, so that this is
 * rare: see "Locks" in docs/ARCHITECTURE.md.
 *
 * @param options `timeout` in milliseconds, for one that takes longer than ten seconds
 */
export const transact = <T>(
  db: Database,
  work: (tx: Prisma.TransactionClient) => Promise<T>,
  options: Readonly<{ timeout?: number }> = {},
): Promise<T> => retryConflicts(() => db.$transaction(work, options));
