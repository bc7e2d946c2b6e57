import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { MessagePosition } from "./message-log.ts";

/** What `positionOf` looks at. */
export const POSITION_COLUMNS = ["seq", "beganSeq", "parentId"] satisfies (keyof Message)[];

/**
 * The position of a reader that has seen this message as it is. A running reply has that of its beginning, so that its end
 * is delivered later; one from before that was stored has the position of its question.
 */
export async function positionOf(
  ctx: Pick<AppContext, "db">,
  { seq, beganSeq, parentId }: Pick<Message, "seq" | "beganSeq" | "parentId">,
): Promise<MessagePosition> {
  const own = seq ?? beganSeq;
  if (own !== null || parentId === null) return own ?? 0;
  const parent = await ctx.db.message.findUnique({ where: { id: parentId }, select: { seq: true } });
  return parent?.seq ?? 0;
}
