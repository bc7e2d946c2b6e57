import type { Message } from "../../../generated/prisma/client.ts";
import { viewerOf, type RequestContext } from "../../../graphql/context.ts";
import { TEXTS, withoutTexts } from "../load-messages.ts";
import { toMessagesWithoutTexts } from "../queued-message.ts";

/** The viewer's own messages among these, also queued ones. Their texts are read when they are asked for. */
export async function findMessageNodes(context: RequestContext, ids: readonly string[]): Promise<Message[]> {
  const { db } = context.app;
  const where = { id: { in: [...ids] }, chatroom: { userId: viewerOf(context).userId, deletedAt: null } };
  // In this order: a message that is taken up in between is found.
  const queued = await db.queuedMessage.findMany({ where, omit: TEXTS });
  const messages = await db.message.findMany({ where, omit: TEXTS });
  return [...toMessagesWithoutTexts(queued), ...withoutTexts(messages)];
}
