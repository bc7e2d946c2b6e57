import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { MessagePosition } from "./message-log.ts";

/**
 * Where a reader of the room stands that has seen this message as it is. A reply that has not ended has no place of its own
 * yet: it stands for the message it answers, so that its end is still to come.
 */
export async function positionOf(
  ctx: Pick<AppContext, "db">,
  { seq, parentId }: Pick<Message, "seq" | "parentId">,
): Promise<MessagePosition> {
  if (seq !== null || parentId === null) return seq ?? 0;
  const parent = await ctx.db.message.findUnique({ where: { id: parentId }, select: { seq: true } });
  return parent?.seq ?? 0;
}
