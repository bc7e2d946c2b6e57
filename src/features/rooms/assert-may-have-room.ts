import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Prisma } from "../../generated/prisma/client.ts";

/**
 * Checks that a user has not too many rooms, as the last step of the transaction that adds one. It comes after
 * `logRoomChange`, whose lock counts the rooms of concurrent calls one after the other.
 *
 * @throws {DomainError} `LIMIT_EXCEEDED`
 */
export async function assertMayHaveRoom(
  { config }: Pick<AppContext, "config">,
  tx: Prisma.TransactionClient,
  userId: string,
): Promise<void> {
  const limit = config.rooms.perUser;
  if (limit === 0) return;
  const [row] = await tx.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS "count" FROM (
      SELECT FROM "Chatroom" WHERE "userId" = ${userId}::uuid AND "deletedAt" IS NULL LIMIT ${limit + 1}
    ) "each"`;
  if (row.count > limit) throw new DomainError("LIMIT_EXCEEDED", `A user has at most ${limit} rooms.`, { limit });
}
