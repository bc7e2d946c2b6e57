import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";
import { readInput } from "../../platform/input.ts";
import { isForeignKeyViolation } from "../../platform/postgres/is-foreign-key-violation.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { chooseModel } from "../models/choose-model.ts";
import { readPlan } from "../models/read-plan.ts";
import { resolveModel } from "../models/resolve-model.ts";
import { assertSupported, changeSettings, readSettings } from "../models/room-settings.ts";
import { ModelId } from "../../model-catalogue/catalogue.ts";
import { assertMayHaveRoom } from "./assert-may-have-room.ts";
import { logRoomChange } from "./room-change.ts";
import { roomChanged } from "./room-changed.ts";
import { RoomFields } from "./room-fields.ts";
import { titleFrom } from "./title.ts";

const CreateChatroomInput = z.object({
  ...RoomFields,
  /** What `modelId` was called first. */
  model: ModelId.nullish(),
});

/**
 * Opens a room. A room without a model of its own follows the default of the day.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`; `LIMIT_EXCEEDED`; `UNAUTHENTICATED` when
 *   the user no longer exists
 */
export async function createChatroom(
  ctx: AppContext,
  userId: string,
  input?: z.input<typeof CreateChatroomInput> | null,
): Promise<Chatroom> {
  const { title, systemPrompt, modelId, model, settings } = readInput(CreateChatroomInput, input ?? {});
  const id = modelId ?? model ?? null;
  const field = modelId ? "modelId" : "model";
  const chosen =
    id === null ? resolveModel(ctx, null) : chooseModel(ctx, { id, plan: await readPlan(ctx.db, userId), field });
  const wanted = settings && changeSettings(readSettings(null), settings);
  if (wanted) assertSupported(chosen, wanted);
  const now = ctx.clock.now();
  const data = {
    id: uuidv7(),
    userId,
    ...titleFrom(title),
    systemPrompt: systemPrompt ?? null,
    model: id,
    ...(wanted && { settings: wanted }),
    readSeq: 0,
    lastMessageAt: now,
    createdAt: now,
  };
  const { room, change } = await transact(ctx.db, async (tx) => {
    const created = await tx.chatroom.create({ data });
    const logged = await logRoomChange(tx, created);
    await assertMayHaveRoom(ctx, tx, userId);
    return { room: created, change: logged };
  }).catch((error: unknown) => {
    throw isForeignKeyViolation(error) ? new DomainError("UNAUTHENTICATED") : error;
  });
  await roomChanged(ctx, change);
  return room;
}
