import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import type { Chatroom, Message, Plan, QueuedMessage } from "../../generated/prisma/client.ts";
import { ModelId } from "../../model-catalogue/catalogue.ts";
import { Id, readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { textOf } from "../../platform/text/text.ts";
import { findQueued, toMessage } from "../messages/queued-message.ts";
import { chooseModel, keepModel } from "../models/choose-model.ts";
import { readPlan } from "../models/read-plan.ts";
import { assertSupported, changeSettings, fitSettings, readSettings, SettingsInput } from "../models/room-settings.ts";
import { lockChatroom } from "../rooms/lock-chatroom.ts";
import { logRoomChange } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { changeReservation } from "../usage/change-reservation.ts";
import type { Asking } from "./append-turn.ts";
import { gone } from "./cancel-queued.ts";
import { MAX_MESSAGE_LENGTH } from "./send-message.ts";

const UpdateQueuedInput = z.object({
  id: Id,
  content: textOf(MAX_MESSAGE_LENGTH).optional(),
  modelId: ModelId.nullish(),
  settings: SettingsInput.nullish(),
});
type Changes = z.output<typeof UpdateQueuedInput>;

/**
 * Changes what is given of a message in a queue, which keeps its turn, and leaves the rest. Null takes the model or the
 * settings from the room again.
 *
 * @throws {DomainError} `CONFLICT` for a message that was taken up already; `NOT_FOUND`, `BAD_USER_INPUT`,
 *   `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`, `QUOTA_EXCEEDED` for a model whose reply the day cannot pay; then
 *   nothing is changed
 */
export async function updateQueued(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof UpdateQueuedInput>,
): Promise<Message> {
  const changes = readInput(UpdateQueuedInput, input);
  const { id, content } = changes;
  const found = await findQueued(ctx, userId, id);
  if (!found) throw await gone(ctx, userId, id);
  const updated = await transact(ctx.db, async (tx) => {
    await lockChatroom(tx, userId, found.chatroomId);
    const queued = await tx.queuedMessage.findUnique({ where: { id }, include: { chatroom: true } });
    if (!queued) return null;
    const plan = await readPlan(tx, userId);
    const { modelId, settings } = readAsking(ctx, queued, plan, changes);
    const reservedCost = await changeReservation(ctx, tx, { userId, plan, model: modelId, charge: queued });
    const data = { ...(content !== undefined && { content }), model: modelId, settings, reservedCost };
    const message = await tx.queuedMessage.update({ where: { id }, data });
    return { message, change: await logRoomChange(tx, queued.chatroom) };
  });
  if (!updated) throw await gone(ctx, userId, id);
  await roomChanged(ctx, updated.change);
  return toMessage(updated.message);
}

/** Only what is given must fit: the reply is asked for with as much of the rest as the model has. */
function readAsking(
  ctx: AppContext,
  queued: QueuedMessage & { chatroom: Chatroom },
  plan: Plan,
  { modelId, settings }: Changes,
): Asking {
  if (modelId === undefined && settings === undefined) {
    return { modelId: queued.model, settings: readSettings(queued.settings) };
  }
  const { chatroom } = queued;
  const model = modelId
    ? chooseModel(ctx, { id: modelId, plan })
    : keepModel(ctx, { id: modelId === null ? chatroom.model : queued.model, plan });
  const before = readSettings(settings === null ? chatroom.settings : queued.settings);
  const wanted = changeSettings(before, settings ?? {});
  assertSupported(model, wanted, Object.keys(settings ?? {}));
  return { modelId: model.id, settings: fitSettings(model, wanted) };
}
