import type { AppContext } from "../../app-context.ts";
import type { Plan, Prisma, QueuedMessage } from "../../generated/prisma/client.ts";
import { dailyCost, reservedCost } from "./cost-limit.ts";
import { overQuota } from "./quota.ts";

/**
 * Reserves what a usual reply of another model costs for a message that is charged already. Less is always allowed. Call it
 * inside the transaction that changes the model.
 *
 * @returns what is reserved now; null, as before, for a message that is not charged
 * @throws {DomainError} `QUOTA_EXCEEDED`, as `overQuota` has it
 */
export async function changeReservation(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  change: Readonly<{
    userId: string;
    plan: Plan;
    model: string;
    charge: Pick<QueuedMessage, "chargedOn" | "reservedCost" | "model">;
  }>,
): Promise<number | null> {
  const { userId, plan, model, charge } = change;
  const { chargedOn, reservedCost: before } = charge;
  if (chargedOn === null || before === null || model === charge.model) return before;
  const reserved = reservedCost(ctx, model, plan);
  const more = reserved - before;
  const limit = dailyCost(ctx, plan);
  const changed = await tx.$executeRaw`
    UPDATE "Usage" SET "reservedCost" = greatest("reservedCost" + ${more}::bigint, 0)
    WHERE "userId" = ${userId}::uuid AND "day" = ${chargedOn}::date
      AND (${more}::bigint <= 0 OR ${limit}::bigint IS NULL OR "cost" + "reservedCost" + ${more}::bigint <= ${limit}::bigint)`;
  if (changed === 0) throw await overQuota(ctx, tx, userId);
  return reserved;
}
