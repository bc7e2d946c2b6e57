import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { Id, readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { chooseModel } from "../models/choose-model.ts";
import { readPlan } from "../models/read-plan.ts";
import { resolveModel } from "../models/resolve-model.ts";
import { assertSupported, changeSettings, readSettings } from "../models/room-settings.ts";
import { findFirstQuestion } from "./find-first-question.ts";
import { lockChatroom } from "./lock-chatroom.ts";
import { enqueueTitles, titleDueAt } from "./request-title.ts";
import { logRoomChange } from "./room-change.ts";
import { roomChanged } from "./room-changed.ts";
import { RoomFields } from "./room-fields.ts";
import { titleFrom, titleOfMessage } from "./title.ts";

const UpdateChatroomInput = z.object({
  id: Id,
  ...RoomFields,
  pinned: z.boolean().nullish(),
  archived: z.boolean().nullish(),
});
type Changes = z.output<typeof UpdateChatroomInput>;

/**
 * Changes what is given of a room, and leaves the rest; null takes it back to the default. Whoever pins or archives a room
 * again leaves it as it was.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `NOT_FOUND`, `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`; then nothing is
 *   changed
 */
export async function updateChatroom(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof UpdateChatroomInput>,
): Promise<Chatroom> {
  const changes = readInput(UpdateChatroomInput, input);
  const { room, change } = await transact(ctx.db, async (tx) => {
    const { id } = await lockChatroom(tx, userId, changes.id);
    const current = await tx.chatroom.findUniqueOrThrow({ where: { id } });
    const now = ctx.clock.now();
    const data = {
      ...(await titleColumns(ctx, tx, current, changes)),
      ...(changes.systemPrompt !== undefined && { systemPrompt: changes.systemPrompt }),
      ...(changes.pinned !== undefined && { pinnedAt: changes.pinned ? (current.pinnedAt ?? now) : null }),
      ...(changes.archived !== undefined && { archivedAt: changes.archived ? (current.archivedAt ?? now) : null }),
      ...(await modelFrom(ctx, tx, current, changes)),
      ...settingsFrom(ctx, current, changes),
    };
    const changed = await tx.chatroom.update({ where: { id }, data });
    return { room: changed, change: await logRoomChange(tx, changed) };
  });
  await roomChanged(ctx, change);
  if (changes.title === null && room.titleDueAt) ctx.runInBackground("find a title", enqueueTitles(ctx, [room.id]));
  return room;
}

/** Without a title of the user's the room is called by its first words, until the server finds a better one. */
async function titleColumns(ctx: AppContext, tx: Prisma.TransactionClient, current: Chatroom, { title }: Changes) {
  if (title === undefined) return {};
  const question = title === null ? await findFirstQuestion(tx, current.activeLeafId) : null;
  return question ? titleOfMessage(question, titleDueAt(ctx, ctx.clock.now())) : titleFrom(title);
}

/** A model that the room has already is not asked about: a form may send back all that it was given. */
async function modelFrom(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  current: Chatroom,
  { modelId }: Changes,
): Promise<{ model?: string | null }> {
  if (modelId === undefined || modelId === current.model) return {};
  if (modelId !== null) chooseModel(ctx, { id: modelId, plan: await readPlan(tx, current.userId) });
  return { model: modelId };
}

/**
 * Only what is given must fit the model. What the room has from before stays, and each reply is asked for with as much of
 * it as the model has.
 */
function settingsFrom(ctx: AppContext, current: Chatroom, { settings, modelId }: Changes) {
  if (settings === undefined) return {};
  if (settings === null) return { settings: Prisma.DbNull };
  const wanted = changeSettings(readSettings(current.settings), settings);
  const model = resolveModel(ctx, modelId === undefined ? current.model : modelId);
  assertSupported(model, wanted, Object.keys(settings));
  return { settings: wanted };
}
