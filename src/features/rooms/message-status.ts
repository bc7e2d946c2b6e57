import { Prisma, type MessageStatus } from "../../generated/prisma/client.ts";

/** Statuses of a reply that has not ended. The partial indexes on `Message` name the same ones. */
const RUNNING: readonly MessageStatus[] = ["PENDING", "STREAMING"];

/** Whether a reply waits or is being written. */
export const isRunning = (status: MessageStatus): boolean => RUNNING.includes(status);

/** Whether a message is as it will stay: only `retryReply` starts a reply that has ended again. */
export const isEnded = (status: MessageStatus): boolean => !isRunning(status) && status !== "QUEUED";

/** Whether a reply has ended without being one, so that it can be retried and its message is given back. */
export const isRetryable = (status: MessageStatus): boolean => status === "FAILED" || status === "BLOCKED";

/** The replies that have not ended, at most one a room. */
export const RUNNING_REPLIES = {
  role: "ASSISTANT",
  status: { in: [...RUNNING] },
} satisfies Prisma.MessageWhereInput;

/**
 * Whether a message has not ended, as a condition of a statement. Its values are literals: a partial index does not serve
 * parameters.
 *
 * @param alias what the statement calls the table `Message`
 */
export const isRunningSql = (alias: string): Prisma.Sql =>
  Prisma.raw(`"${alias}"."status" IN (${RUNNING.map((status) => `'${status}'`).join(", ")})`);

/**
 * The same for a statement that finds its message by the id. No partial index fits these words: PostgreSQL might walk all that
 * run, of which its statistics know too few, and not look up the one.
 */
export const isStillRunningSql = (alias: string): Prisma.Sql =>
  Prisma.raw(`"${alias}"."status"::text IN (${RUNNING.map((status) => `'${status}'`).join(", ")})`);

/** Whether a message is a reply that has not ended. */
export const isRunningReplySql = (alias: string): Prisma.Sql =>
  Prisma.sql`${isRunningSql(alias)} AND ${Prisma.raw(`"${alias}"`)}."role" = 'ASSISTANT'`;
