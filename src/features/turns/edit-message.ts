import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { ModelId } from "../../model-catalogue/catalogue.ts";
import { Id, readInput } from "../../platform/input.ts";
import { textOf } from "../../platform/text/text.ts";
import { findMessage } from "../messages/find-message.ts";
import { SettingsInput } from "../models/room-settings.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { appendTurn } from "./append-turn.ts";
import { assertMayBranch, readFork } from "./branch.ts";
import { readAsking } from "./read-asking.ts";
import { readForSend, type SeenRoom } from "./read-for-send.ts";
import { ClientId, findSent, MAX_MESSAGE_LENGTH, type SentMessage } from "./send-message.ts";
import { whileRoomMoves } from "./while-room-moves.ts";

const EditMessageInput = z.object({
  messageId: Id,
  content: textOf(MAX_MESSAGE_LENGTH),
  clientId: ClientId.nullish(),
  expectedLeafId: Id.nullish(),
  modelId: ModelId.nullish(),
  settings: SettingsInput.nullish(),
});
type Wanted = z.output<typeof EditMessageInput>;

/**
 * Asks again with other words: stores a sibling of a user's message with a reply of its own, which becomes the head of the
 * room. What was there stays, on its own branch.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, also for a reply; `NOT_FOUND`; `CONFLICT` when the head is not the expected one or
 *   the `clientId` was used for something else; `REPLY_IN_PROGRESS`, `LIMIT_EXCEEDED`, `QUOTA_EXCEEDED`,
 *   `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`; then nothing is stored and nothing is charged. `UNAVAILABLE`
 */
export async function editMessage(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof EditMessageInput>,
): Promise<SentMessage> {
  const wanted = readInput(EditMessageInput, input);
  const { content, clientId = null } = wanted;
  const edited = await findMessage(ctx, userId, wanted.messageId, "messageId");
  if (edited.role !== "USER") {
    throw new DomainError("BAD_USER_INPUT", "messageId: is a reply; only a message of the user can be edited", {
      field: "messageId",
    });
  }
  return whileRoomMoves(async () => {
    const room = await readForSend(ctx, userId, { chatroomId: edited.chatroomId, clientId });
    const before = await findSent(ctx, room);
    if (before) {
      assertSameEdit(room, before, edited, wanted);
      // The process that stored it may have died before it announced it.
      await dropRoomLists(ctx, userId);
      return before;
    }
    const { parent, siblings } = await readFork(ctx, edited);
    assertMayBranch(room, { siblings, expectedLeafId: wanted.expectedLeafId });
    const asking = readAsking(ctx, room, wanted);
    return appendTurn(ctx, userId, { room, parent, question: { content, clientId }, asking });
  });
}

/** @throws {DomainError} `CONFLICT`: returning what was stored before would silently lose this */
function assertSameEdit(room: SeenRoom, { message }: SentMessage, edited: Message, { content }: Wanted): void {
  if (message.role === "USER" && message.content === content && message.parentId === edited.parentId) return;
  throw new DomainError("CONFLICT", "Another message was sent with this clientId.", { headId: room.activeLeafId });
}
