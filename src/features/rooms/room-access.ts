import { Prisma } from "../../generated/prisma/client.ts";

/** The rooms that a user may see and change: their own, unless deleted. Every other room is `NOT_FOUND` to them. */
export const ownRooms = (userId: string) => ({ userId, deletedAt: null }) satisfies Prisma.ChatroomWhereInput;

/** The same as a condition of a statement. @param alias what the statement calls the table `Chatroom` */
export const isOwnRoomSql = (alias: string, userId: string): Prisma.Sql => {
  const room = Prisma.raw(`"${alias}"`);
  return Prisma.sql`${room}."userId" = ${userId}::uuid AND ${room}."deletedAt" IS NULL`;
};
