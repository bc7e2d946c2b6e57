import { randomInt } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { MessageStatus, PrismaClient } from "../../src/generated/prisma/client.ts";

/** Puts a reply straight into the database, in a room and of a user of its own. @returns its id */
export async function createReply(
  db: PrismaClient,
  state: { status: MessageStatus; attempt?: number },
): Promise<string> {
  const [userId, chatroomId, id] = [uuidv7(), uuidv7(), uuidv7()];
  await db.user.create({ data: { id: userId, phone: `+1212${randomInt(2_000_000, 9_999_999)}` } });
  await db.chatroom.create({ data: { id: chatroomId, userId, title: "A room", model: "a-model" } });
  await db.message.create({ data: { id, chatroomId, depth: 1, role: "ASSISTANT", content: "", ...state } });
  return id;
}
