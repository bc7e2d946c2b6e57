import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Chatroom, type Message } from "../../generated/prisma/client.ts";
import { Id, readInput } from "../../platform/input.ts";
import { chatroomColumnsSql } from "../../platform/postgres/columns.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { lockChatroom } from "../rooms/lock-chatroom.ts";
import { logRoomChange } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { assertExpectedLeaf } from "./expected-leaf.ts";
import { findLeafBelow, isOnBranchOf } from "./find-leaf.ts";
import { findMessage } from "./find-message.ts";
import { leaveBranchSql } from "./leave-branch.ts";

const SelectBranchInput = z.object({ messageId: Id, expectedLeafId: Id.nullish() });

export type SelectedBranch = Readonly<{ message: Message; chatroom: Chatroom }>;

/**
 * Makes a branch through a message the active one: its head is where the head last was below that message, or else the
 * newest leaf there. A reply that is running goes on on its own branch. A branch that is active already stays as it is,
 * whatever leaf is expected: so a repeat is answered like the first call.
 *
 * @throws {DomainError} `NOT_FOUND`; `CONFLICT` when the head is not the expected one; `BAD_USER_INPUT`
 */
export async function selectBranch(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof SelectBranchInput>,
): Promise<SelectedBranch> {
  const { messageId, expectedLeafId } = readInput(SelectBranchInput, input);
  const message = await findMessage(ctx, userId, messageId, "messageId");
  const { chatroom, change } = await transact(ctx.db, async (tx) => {
    const { id, activeLeafId } = await lockChatroom(tx, userId, message.chatroomId);
    if (activeLeafId !== null && (await isOnBranchOf(tx, activeLeafId, message))) {
      return { chatroom: await tx.chatroom.findUniqueOrThrow({ where: { id } }), change: null };
    }
    assertExpectedLeaf({ activeLeafId }, expectedLeafId);
    const leafId = await findLeafBelow(tx, message.id);
    if (leafId === null) throw new DomainError("NOT_FOUND", "There is no such message.");
    const moved = await moveHead(ctx, tx, { id, from: activeLeafId, to: leafId });
    return { chatroom: moved, change: await logRoomChange(tx, moved) };
  });
  if (change) await roomChanged(ctx, change);
  return { message, chatroom };
}

type Move = Readonly<{ id: string; from: string | null; to: string }>;

async function moveHead(
  { clock }: Pick<AppContext, "clock">,
  tx: Prisma.TransactionClient,
  { id, from, to }: Move,
): Promise<Chatroom> {
  const leaving = from === null ? Prisma.empty : Prisma.sql`, ${leaveBranchSql(from, to, "room")}`;
  const [room] = await tx.$queryRaw<[Chatroom]>`
    WITH RECURSIVE "room" AS (SELECT ${id}::uuid AS "id")${leaving}
    UPDATE "Chatroom" SET "activeLeafId" = ${to}::uuid, "updatedAt" = ${clock.now()}::timestamptz
    FROM "room" WHERE "Chatroom"."id" = "room"."id"
    RETURNING ${chatroomColumnsSql("Chatroom")}`;
  return room;
}
