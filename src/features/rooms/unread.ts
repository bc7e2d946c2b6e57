import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";

/** Whether a reply has ended in the room that the user has not seen. */
export const isUnread = ({ replySeq, readSeq }: Pick<Chatroom, "replySeq" | "readSeq">): boolean =>
  readSeq !== null && replySeq > readSeq;

/** The same as a condition of a statement, null for false. It is the predicate of a partial index, word for word. */
export const isUnreadSql = (alias: string): Prisma.Sql => Prisma.raw(`"${alias}"."replySeq" > "${alias}"."readSeq"`);
