import type { AppContext } from "../../app-context.ts";
import { enqueueTitles } from "../rooms/request-title.ts";

/** Rooms that are found at once: the others come with the next sweep. */
const PAGE = 500;

/**
 * Enqueues rooms whose title is due: after a lost job, a lost worker, or a try that is to be repeated.
 *
 * @throws when PostgreSQL is unavailable
 */
export async function sweepTitles(ctx: Pick<AppContext, "db" | "queue" | "clock" | "config">): Promise<void> {
  if (!ctx.config.titles.generated) return;
  const rooms = await ctx.db.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "Chatroom" WHERE "titleDueAt" <= ${ctx.clock.now()}::timestamptz AND "deletedAt" IS NULL
    ORDER BY "titleDueAt" LIMIT ${PAGE}`;
  await enqueueTitles(
    ctx,
    rooms.map(({ id }) => id),
  );
}
