import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { accountChangedTopic } from "./events.ts";

/**
 * What can happen to an account. An event names the subject that changed; its fields read the subject at delivery.
 */
export type AccountEvent =
  | Readonly<{ kind: "USAGE_CHANGED" | "PLAN_CHANGED" | "PROFILE_CHANGED" }>
  | Readonly<{ kind: "SESSION_OPENED" | "SESSION_REVOKED"; sessionId: string }>;

/** The new head of an account's log, for `announceAccountChange` after the commit. */
export type AccountChange = Readonly<{ userId: string; seq: number }>;

/** Entries that an account's log keeps. */
export const MAX_ENTRIES = 100;

/**
 * Appends to an account's log. Call it as the last step of the transaction that makes the change: both are stored,
 * or neither. The log's row stays locked until the transaction ends, so commit order is seq order; lock all other rows
 * first.
 *
 * @param events one or more, each of another subject
 */
export async function appendAccountEvents(
  tx: Prisma.TransactionClient,
  userId: string,
  events: readonly AccountEvent[],
): Promise<AccountChange> {
  const kinds = events.map(({ kind }) => kind);
  const subjects = events.map(subjectOf);
  const [log] = await tx.$queryRaw<{ seq: number }[]>`
    WITH "log" AS (
      INSERT INTO "AccountLog" ("userId", "seq") VALUES (${userId}::uuid, ${events.length}::int)
      ON CONFLICT ("userId") DO UPDATE SET "seq" = "AccountLog"."seq" + excluded."seq"
      RETURNING "seq"
    ), "entries" AS (
      INSERT INTO "AccountLogEntry" ("userId", "subject", "kind", "seq")
      SELECT ${userId}::uuid, "subject", "kind"::"AccountEventKind", "log"."seq" - ${events.length}::int + "ordinal"
      FROM "log", unnest(${subjects}::text[], ${kinds}::text[]) WITH ORDINALITY AS "event" ("subject", "kind", "ordinal")
      ON CONFLICT ("userId", "subject") DO UPDATE SET "kind" = excluded."kind", "seq" = excluded."seq"
    )
    SELECT "seq" FROM "log"`;
  if (!log) throw new Error("an account's log did not take an event");
  // A change of any other thing replaces its last change.
  if (events.some((event) => "sessionId" in event)) await dropSurplus(tx, userId);
  return { userId, seq: log.seq };
}

/**
 * The same as a part of the statement that makes the change, for frequent changes.
 *
 * @param cause the common table expression that makes the change: the event is appended if it returns a row, at most
 *   one
 * @param room the common table expression with the row of a room, at most one, if the statement also changes that: the
 *   statement then stores the new `seq` as the room's `changeSeq`, whether there is an event or not
 * @returns the common table expression `accountLog`, which has the new `seq`, and one beside it
 */
export function accountEventSql(userId: string, event: AccountEvent, cause: string, room?: string): Prisma.Sql {
  const [from, changed] = [Prisma.raw(`"${cause}"`), Prisma.raw(`"${room ?? cause}"`)];
  // The count also makes the log the last row that is locked. The room has the last position, the event the one before.
  const count = room === undefined ? Prisma.sql`1` : Prisma.sql`1 + (SELECT count(*)::int FROM ${from})`;
  const seq = room === undefined ? Prisma.sql`"accountLog"."seq"` : Prisma.sql`"accountLog"."seq" - 1`;
  return Prisma.sql`
    "accountLog" AS (
      INSERT INTO "AccountLog" ("userId", "seq") SELECT ${userId}::uuid, ${count} FROM ${changed}
      ON CONFLICT ("userId") DO UPDATE SET "seq" = "AccountLog"."seq" + excluded."seq"
      RETURNING "seq"
    ), "accountLogEntry" AS (
      INSERT INTO "AccountLogEntry" ("userId", "subject", "kind", "seq")
      SELECT ${userId}::uuid, ${subjectOf(event)}, ${event.kind}::"AccountEventKind", ${seq} FROM "accountLog", ${from}
      ON CONFLICT ("userId", "subject") DO UPDATE SET "kind" = excluded."kind", "seq" = excluded."seq"
    )`;
}

/** Tells the followers of the account that its log has grown. The checks of their feeds repair a lost message. */
export async function announceAccountChange(ctx: Pick<AppContext, "pubsub">, change: AccountChange): Promise<void> {
  await ctx.pubsub.publish(accountChangedTopic, change.userId, { seq: change.seq });
}

/** A later event of the same subject replaces the one before. */
function subjectOf(event: AccountEvent): string {
  switch (event.kind) {
    case "USAGE_CHANGED":
      return "usage";
    case "PLAN_CHANGED":
      return "plan";
    case "PROFILE_CHANGED":
      return "profile";
    case "SESSION_OPENED":
    case "SESSION_REVOKED":
      return event.sessionId;
  }
}

/** Drops the oldest entries of sessions, and notes in `base` from where on the log is complete. */
async function dropSurplus(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  await tx.$executeRaw`
    WITH "surplus" AS (
      DELETE FROM "AccountLogEntry" WHERE "userId" = ${userId}::uuid AND "seq" <= (
        SELECT "seq" FROM "AccountLogEntry" WHERE "userId" = ${userId}::uuid
        ORDER BY "seq" DESC OFFSET ${MAX_ENTRIES} LIMIT 1)
      RETURNING "seq"
    ), "dropped" AS (SELECT max("seq") AS "seq" FROM "surplus")
    UPDATE "AccountLog" SET "base" = greatest("base", "dropped"."seq") FROM "dropped"
    WHERE "userId" = ${userId}::uuid AND "dropped"."seq" IS NOT NULL`;
}
