import { v7 as uuidv7 } from "uuid";
import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";

/** Whoever owns all rooms of the bench, and watches them on all devices. */
export type BenchUser = Readonly<{ id: string; token: string }>;

/** Puts a user with a session straight into the database. */
export async function signInUser(db: PrismaClient, settings: Record<string, string>): Promise<BenchUser> {
  const now = new Date();
  const id = uuidv7();
  await db.user.create({ data: { id, phone: "+12125550100" } });
  const session = await db.session.create({
    data: {
      id: uuidv7(),
      userId: id,
      refreshTokenHash: "none",
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date("2100-01-01"),
    },
  });
  const { token } = await createAccessToken(readConfig(settings), { userId: id, sessionId: session.id, now });
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

/**
 * New rooms in which two things were said, so that somebody who has seen the first is told the second.
 *
 * @returns each room's id with that of its first message, as `room/message`
 */
export async function createTalkedRooms(db: PrismaClient, user: BenchUser, count: number): Promise<string[]> {
  const rooms = await createRooms(db, user, count);
  const hello = { role: "USER", content: "Hello", status: "COMPLETE" } as const;
  const said = rooms.map((chatroomId) => {
    const say = (seq: number) => ({ id: uuidv7(), chatroomId, seq, depth: seq - 1, ...hello });
    return [say(1), say(2)] as const;
  });
  await db.message.createMany({ data: said.flat() });
  await db.chatroom.updateMany({ where: { id: { in: rooms } }, data: { seq: 2 } });
  return said.map(([first]) => `${first.chatroomId}/${first.id}`);
}
