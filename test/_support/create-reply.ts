import { randomInt } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { MessageStatus, PrismaClient } from "../../src/generated/prisma/client.ts";

/** Puts a reply straight into the database, in a room of its own, and of a user of its own unless one is named. @returns its id */
export async function createReply(
  db: PrismaClient,
  { userId, ...state }: { status: MessageStatus; attempt?: number; userId?: string; nextTryAt?: Date },
): Promise<string> {
  const [ownerId, chatroomId, id] = [userId ?? (await createUser(db)), uuidv7(), uuidv7()];
  await db.chatroom.create({ data: { id: chatroomId, userId: ownerId, title: "A room", model: "a-model" } });
  const reply = { id, chatroomId, userId: ownerId, depth: 1, role: "ASSISTANT", content: "", ...state } as const;
  await db.message.create({ data: reply });
  return id;
}

/** Puts a user straight into the database. @returns the id */
export async function createUser(db: PrismaClient): Promise<string> {
  const id = uuidv7();
  await db.user.create({ data: { id, phone: `+1212${randomInt(2_000_000, 9_999_999)}` } });
  return id;
}
