import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { assertExpectedLeaf } from "../messages/expected-leaf.ts";
import type { Parent } from "./append-turn.ts";
import type { SeenRoom } from "./read-for-send.ts";

/** Messages that follow the same one: each is a branch. */
export const MAX_SIBLINGS = 50;

/**
 * Where a sibling of a message goes.
 *
 * @returns the parent, null for the root of the room's tree, and how many messages follow it
 * @throws {DomainError} `NOT_FOUND` when it has just been deleted
 */
export async function readFork(
  { db }: Pick<AppContext, "db">,
  { chatroomId, parentId }: Pick<Message, "chatroomId" | "parentId">,
): Promise<{ parent: Parent | null; siblings: number }> {
  if (parentId === null) return { parent: null, siblings: await db.message.count({ where: { chatroomId, depth: 0 } }) };
  const found = await db.message.findUnique({
    where: { id: parentId },
    select: { id: true, depth: true, anchorId: true, _count: { select: { children: true } } },
  });
  if (!found) throw new DomainError("NOT_FOUND", "There is no such message.");
  const { _count, ...parent } = found;
  return { parent, siblings: _count.children };
}

type Branching = Readonly<{ siblings: number; expectedLeafId?: string | null | undefined }>;

/** @throws {DomainError} `CONFLICT`, `REPLY_IN_PROGRESS`, `LIMIT_EXCEEDED` */
export function assertMayBranch(room: SeenRoom, { siblings, expectedLeafId }: Branching): void {
  assertExpectedLeaf(room, expectedLeafId);
  if (room.runningId) {
    throw new DomainError("REPLY_IN_PROGRESS", "The room's last reply is still running.", { replyId: room.runningId });
  }
  if (siblings >= MAX_SIBLINGS) {
    throw new DomainError("LIMIT_EXCEEDED", `A message has at most ${MAX_SIBLINGS} versions.`, { limit: MAX_SIBLINGS });
  }
}
