import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { ModelId } from "../../model-catalogue/catalogue.ts";
import { Id, readInput } from "../../platform/input.ts";
import { findMessage } from "../messages/find-message.ts";
import { SettingsInput } from "../models/room-settings.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { appendTurn } from "./append-turn.ts";
import { assertMayBranch } from "./branch.ts";
import { readAsking } from "./read-asking.ts";
import { readForSend, type SeenRoom } from "./read-for-send.ts";
import { ClientId } from "./send-message.ts";
import { whileRoomMoves } from "./while-room-moves.ts";

const RegenerateReplyInput = z.object({
  messageId: Id,
  clientId: ClientId.nullish(),
  expectedLeafId: Id.nullish(),
  modelId: ModelId.nullish(),
  settings: SettingsInput.nullish(),
});

/** The question, and its new reply. */
export type Regenerated = Readonly<{ message: Message; reply: Message }>;

/**
 * Asks for another reply to the same question: a sibling of the reply, which becomes the head of the room. What followed
 * the old reply stays, on its own branch.
 *
 * @param input `messageId` of a reply, or of the question, which may have none
 * @throws {DomainError} `BAD_USER_INPUT`; `NOT_FOUND`; `CONFLICT` when the head is not the expected one or the `clientId` was
 *   used for something else; `REPLY_IN_PROGRESS`, `LIMIT_EXCEEDED`, `QUOTA_EXCEEDED`, `MODEL_NOT_ALLOWED`,
 *   `MODEL_RETIRED`, `UNSUPPORTED`; then nothing is stored and nothing is charged. `UNAVAILABLE`
 */
export async function regenerateReply(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof RegenerateReplyInput>,
): Promise<Regenerated> {
  const wanted = readInput(RegenerateReplyInput, input);
  const { clientId = null, expectedLeafId } = wanted;
  const { id, role, parentId, chatroomId } = await findMessage(ctx, userId, wanted.messageId, "messageId");
  const questionId = role === "USER" ? id : parentId;
  return whileRoomMoves(async () => {
    const room = await readForSend(ctx, userId, { chatroomId, clientId });
    const question = await ctx.db.message.findUnique({
      where: { id: questionId ?? id },
      include: { _count: { select: { children: true } } },
    });
    if (!question) throw new DomainError("NOT_FOUND", "There is no such message.");
    const { _count, ...message } = question;
    const before = await findRegenerated(ctx, room, message);
    if (before) {
      // The process that stored it may have died before it announced it.
      await dropRoomLists(ctx, userId);
      return { message, reply: before };
    }
    assertMayBranch(room, { siblings: _count.children, expectedLeafId });
    const asking = readAsking(ctx, room, wanted);
    const appended = await appendTurn(ctx, userId, { room, parent: message, question: null, clientId, asking });
    return appended && { message, reply: appended.reply };
  });
}

/**
 * @returns the reply that an earlier call with the same `clientId` has asked for
 * @throws {DomainError} `CONFLICT` when that was something else
 */
async function findRegenerated(
  { db }: Pick<AppContext, "db">,
  { sentId, queuedId, activeLeafId }: SeenRoom,
  question: Message,
): Promise<Message | null> {
  const known = sentId === null ? null : await db.message.findUnique({ where: { id: sentId } });
  if (known?.role === "ASSISTANT" && known.parentId === question.id) return known;
  if (known === null && queuedId === null) return null;
  throw new DomainError("CONFLICT", "This clientId was used for another message.", { headId: activeLeafId });
}
