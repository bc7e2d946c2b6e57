import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Prisma } from "../../generated/prisma/client.ts";
import { retryReply } from "../turns/retry-reply.ts";

const LIMIT = 1_000;

/** The outcome for one reply; a refusal gives the reason. */
export type Requeued = Readonly<{ id: string; requeued: boolean; refusal?: string }>;

/**
 * Starts failed replies over, free of charge: those that are named, or those that failed a short while ago, 1,000 at most.
 * A reply whose conversation has gone on is left alone.
 *
 * @param which ids, or how long ago in milliseconds
 */
export async function requeueReplies(
  ctx: AppContext,
  which: Readonly<{ ids: readonly string[] } | { withinMs: number }>,
): Promise<Requeued[]> {
  const where: Prisma.MessageWhereInput =
    "ids" in which
      ? { id: { in: [...which.ids] } }
      : { finishedAt: { gte: new Date(ctx.clock.now().getTime() - which.withinMs) } };
  const failed = await ctx.db.message.findMany({
    where: { ...where, role: "ASSISTANT", status: "FAILED" },
    select: { id: true, chatroom: { select: { userId: true } } },
    orderBy: { finishedAt: "asc" },
    take: LIMIT,
  });
  const outcomes: Requeued[] = [];
  for (const { id, chatroom } of failed) outcomes.push(await requeue(ctx, id, chatroom.userId));
  const known = new Set(failed.map(({ id }) => id));
  const others = "ids" in which ? which.ids.filter((id) => !known.has(id)) : [];
  return [...outcomes, ...others.map((id) => ({ id, requeued: false, refusal: "not a reply that failed" }))];
}

async function requeue(ctx: AppContext, id: string, userId: string): Promise<Requeued> {
  try {
    await retryReply(ctx, userId, id, { free: true });
    return { id, requeued: true };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { id, requeued: false, refusal: error.message };
  }
}
