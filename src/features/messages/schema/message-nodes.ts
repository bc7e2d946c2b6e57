import type { Message } from "../../../generated/prisma/client.ts";
import { viewerOf, type RequestContext } from "../../../graphql/context.ts";
import { TEXTS, withoutTexts } from "../load-messages.ts";

/** The viewer's own messages among these. Their texts are read when they are asked for. */
export async function findMessageNodes(context: RequestContext, ids: readonly string[]): Promise<Message[]> {
  const { userId } = viewerOf(context);
  const where = { id: { in: [...ids] }, chatroom: { userId, deletedAt: null } };
  return withoutTexts(await context.app.db.message.findMany({ where, omit: TEXTS }));
}
