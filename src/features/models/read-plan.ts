import { DomainError } from "../../errors.ts";
import type { Plan, Prisma } from "../../generated/prisma/client.ts";

/** A user's plan. @throws {DomainError} `UNAUTHENTICATED` when the user no longer exists */
export async function readPlan(db: Pick<Prisma.TransactionClient, "user">, userId: string): Promise<Plan> {
  const user = await db.user.findUnique({ where: { id: userId }, select: { plan: true } });
  if (!user) throw new DomainError("UNAUTHENTICATED");
  return user.plan;
}
