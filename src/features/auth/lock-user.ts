import type { Prisma } from "../../generated/prisma/client.ts";

/**
 * Locks a user until the transaction ends. Lock it before anything that belongs to the user: see "Locks" in
 * docs/ARCHITECTURE.md. Other transactions may still add rows that refer to the user, so sends continue.
 *
 * @returns false when the user no longer exists
 */
export async function lockUser(tx: Prisma.TransactionClient, userId: string): Promise<boolean> {
  const locked = await tx.$queryRaw<object[]>`
    SELECT 1 AS "locked" FROM "User" WHERE "id" = ${userId}::uuid FOR NO KEY UPDATE`;
  return locked.length > 0;
}
