import { v7 as uuidv7 } from "uuid";
import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";

/** A user with a room. */
export type Member = Readonly<{ number: number; userId: string; token: string; roomId: string }>;

/** Puts users with sessions and empty rooms straight into the database. */
export async function createMembers(
  db: PrismaClient,
  settings: Readonly<Record<string, string>>,
  count: number,
): Promise<Member[]> {
  const now = new Date();
  const config = readConfig(settings);
  const members: Member[] = [];
  for (let number = 1; number <= count; number += 1) {
    const [userId, sessionId, roomId] = [uuidv7(), uuidv7(), uuidv7()];
    await db.user.create({ data: { id: userId, phone: `+1212555${String(number).padStart(4, "0")}` } });
    const expiresAt = new Date(now.getTime() + 86_400_000);
    await db.session.create({
      data: { id: sessionId, userId, refreshTokenHash: sessionId, createdAt: now, lastUsedAt: now, expiresAt },
    });
    await db.chatroom.create({ data: { id: roomId, userId, title: "Chaos" } });
    const { token } = await createAccessToken(config, { userId, sessionId, now });
    members.push({ number, userId, token, roomId });
  }
  return members;
}
