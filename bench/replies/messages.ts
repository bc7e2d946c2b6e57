import { v7 as uuidv7 } from "uuid";
import type { Pace } from "../_support/pace.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import type { Sending } from "./programs/sender.ts";

/** Code units of a chunk. */
export const CHUNK_UNITS = 24;

let messages = 0;

/** Messages to rooms of their own, each of another user unless all are one user's, who are put straight into the database. */
export async function createMessages(
  db: PrismaClient,
  count: number,
  { chunks, delayMs }: Omit<Pace, "size">,
  { sameUser = false }: { sameUser?: boolean } = {},
): Promise<Sending["messages"]> {
  const owners = Array.from({ length: sameUser ? 1 : count }, () => uuidv7());
  const rooms = Array.from({ length: count }, (_, index) => ({
    id: uuidv7(),
    userId: owners[index] ?? owners[0] ?? "",
  }));
  await db.user.createMany({ data: owners.map((id) => ({ id, phone: id, plan: "PRO" as const })) });
  await db.chatroom.createMany({
    data: rooms.map(({ id, userId }) => ({ id, userId, title: "A room", model: "gemini-3.5-flash-lite" })),
  });
  return rooms.map(({ id, userId }) => {
    messages += 1;
    const directive = `[[fake: chunks=${chunks} delay=${delayMs} size=${CHUNK_UNITS}]]`;
    return { userId, chatroomId: id, content: `message ${messages} ${directive}` };
  });
}
