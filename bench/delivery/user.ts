import { v7 as uuidv7 } from "uuid";
import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";

/** Whoever owns all rooms of the bench, and watches them on all devices. */
export type BenchUser = Readonly<{ id: string; token: string }>;

/** Puts a user with a session straight into the database. */
export async function signInUser(db: PrismaClient, settings: Readonly<Record<string, string>>): Promise<BenchUser> {
  const [id, sessionId] = [uuidv7(), uuidv7()];
  await db.user.create({ data: { id, phone: "+12125550100" } });
  const session = { id: sessionId, userId: id, refreshTokenHash: "none", expiresAt: new Date("2100-01-01") };
  await db.session.create({ data: session });
  const { token } = await createAccessToken(readConfig(settings), { userId: id, sessionId, now: new Date() });
  return { id, token };
}

/** New, empty rooms. @returns their ids */
export async function createRooms(db: PrismaClient, user: BenchUser, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7());
  await db.chatroom.createMany({
    data: ids.map((id) => ({ id, userId: user.id, title: "A room", model: "gemini-3.5-flash-lite" })),
  });
  return ids;
}

/** Replies under these ids that wait for long: no worker takes them up. */
export async function createPendingReplies(db: PrismaClient, user: BenchUser, ids: readonly string[]): Promise<void> {
  const rooms = await createRooms(db, user, ids.length);
  const waiting = { depth: 0, role: "ASSISTANT", content: "", status: "PENDING", userId: user.id } as const;
  const nextTryAt = new Date("2100-01-01");
  await db.message.createMany({
    data: ids.map((id, index) => ({ id, chatroomId: rooms[index] ?? "", ...waiting, nextTryAt })),
  });
}
