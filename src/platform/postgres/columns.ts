import { Prisma } from "../../generated/prisma/client.ts";

/**
 * A row of a table as this process knows it. PostgreSQL refuses to run a statement that was planned with a `*` once a
 * migration has added a column.
 *
 * @param alias what the statement calls the table
 */
export const columnsSql = (alias: string, names: Iterable<string>): Prisma.Sql =>
  Prisma.raw(Array.from(names, (name) => `"${alias}"."${name}"`).join(", "));

/** The columns that Prisma's `Message` has. */
export const messageColumnsSql = (alias: string): Prisma.Sql =>
  columnsSql(alias, Object.keys(Prisma.MessageScalarFieldEnum));

/** The columns that Prisma's `Chatroom` has. */
export const chatroomColumnsSql = (alias: string): Prisma.Sql =>
  columnsSql(alias, Object.keys(Prisma.ChatroomScalarFieldEnum));
