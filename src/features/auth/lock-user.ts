import type { Prisma } from "../../generated/prisma/client.ts";

/**
 * Locks a user until the transaction ends, before anything that belongs to them: see "Locks" in docs/ARCHITECTURE.md. Rows
 * that refer to the user may still be added, so sends go on.
 *
 * @returns false when the user is gone
 */
export async function lockUser(tx: Prisma.TransactionClient, userId: string): Promise<boolean> {
  const locked = await tx.$queryRaw<object[]>`
    SELECT 1 AS "locked" FROM "User" WHERE "id" = ${userId}::uuid FOR NO KEY UPDATE`;
  return locked.length > 0;
}
