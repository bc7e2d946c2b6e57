import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { MessagePosition } from "./message-log.ts";

/**
 * The position of a reader that has seen this message as it is. A running reply has none of its own yet: it has that
 * of its question, so that its end is delivered later.
 */
export async function positionOf(
  ctx: Pick<AppContext, "db">,
  { seq, parentId }: Pick<Message, "seq" | "parentId">,
): Promise<MessagePosition> {
  if (seq !== null || parentId === null) return seq ?? 0;
  const parent = await ctx.db.message.findUnique({ where: { id: parentId }, select: { seq: true } });
  return parent?.seq ?? 0;
}
