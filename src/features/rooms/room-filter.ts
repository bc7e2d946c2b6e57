import { z } from "zod";
import { Prisma } from "../../generated/prisma/client.ts";
import { readInput } from "../../platform/input.ts";
import { lineOf } from "../../platform/text/text.ts";
import { isUnreadSql } from "./unread.ts";

/** Longest text that titles are searched for, in Unicode code points. */
export const MAX_SEARCH_LENGTH = 100;

const RoomFilterInput = z.object({
  archived: z.boolean().nullish(),
  pinned: z.boolean().nullish(),
  unread: z.boolean().nullish(),
  titleContains: lineOf(MAX_SEARCH_LENGTH).nullish(),
});
export type RoomFilterInput = z.input<typeof RoomFilterInput>;
export type RoomFilter = z.output<typeof RoomFilterInput>;

const FilterArgument = z.object({ filter: RoomFilterInput });

/** @throws {DomainError} `BAD_USER_INPUT`, which names the argument as `filter.titleContains` */
export const readRoomFilter = (filter: RoomFilterInput | null | undefined): RoomFilter =>
  readInput(FilterArgument, { filter: filter ?? {} }).filter;

/**
 * Which rooms a filter lets through, as a condition of a statement. It has no parameters where a partial index has a
 * predicate.
 *
 * @param alias what the statement calls the table `Chatroom`
 */
export function roomFilterSql(alias: string, { archived, pinned, unread, titleContains }: RoomFilter): Prisma.Sql {
  const room = Prisma.raw(`"${alias}"`);
  const conditions = [Prisma.sql`${room}."archivedAt" ${isSet(archived ?? false)}`];
  if (typeof pinned === "boolean") conditions.push(Prisma.sql`${room}."pinnedAt" ${isSet(pinned)}`);
  if (unread === true) conditions.push(isUnreadSql(alias));
  if (unread === false) conditions.push(Prisma.sql`(${isUnreadSql(alias)}) IS NOT TRUE`);
  if (typeof titleContains === "string")
    conditions.push(Prisma.sql`${room}."title" ILIKE ${containing(titleContains)}`);
  return Prisma.join(conditions, " AND ");
}

const isSet = (set: boolean): Prisma.Sql => Prisma.raw(set ? "IS NOT NULL" : "IS NULL");

/** A pattern in which a text stands for itself. */
const containing = (text: string): string => `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`;
