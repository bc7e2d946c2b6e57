import DataLoader from "dataloader";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { createCursor, readCursor, type PageWindow } from "../../platform/paging.ts";
import { columnsSql } from "../../platform/postgres/columns.ts";
import { withoutTexts } from "./load-messages.ts";

const CURSOR = "node";
const CursorKey = z.tuple([z.guid()]);

/** Ids are in the order in which messages were made. */
export const treeCursor = ({ id }: Message): string => createCursor(CURSOR, [id]);

export type AskedTree = Readonly<{ roomId: string; window: PageWindow }>;

/** Reads pages of all messages of rooms, without their texts: one statement for each window. */
export const createTreeLoader = (ctx: Pick<AppContext, "db">): DataLoader<AskedTree, Message[]> =>
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  new DataLoader((asked) => readTrees(ctx, asked), { cache: false });

async function readTrees({ db }: Pick<AppContext, "db">, asked: readonly AskedTree[]): Promise<Message[][]> {
  const windows = new Map<string, AskedTree[]>();
  for (const tree of asked) {
    const name = JSON.stringify(tree.window);
    windows.set(name, [...(windows.get(name) ?? []), tree]);
  }
  const pages = new Map<AskedTree, Message[]>();
  for (const group of windows.values()) {
    const [{ window }] = group as [AskedTree];
    const roomIds = new Set(group.map(({ roomId }) => roomId));
    const rows = await db.$queryRaw<Omit<Message, "content">[]>(treesSql([...roomIds], window));
    const nodes = withoutTexts(rows);
    for (const tree of group) {
      const ofRoom = nodes.filter(({ chatroomId }) => chatroomId === tree.roomId);
      pages.set(tree, ofRoom);
    }
  }
  return asked.map((tree) => pages.get(tree) ?? []);
}

const { content: _content, ...COLUMNS } = Prisma.MessageScalarFieldEnum;

/** @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor */
export function treesSql(roomIds: readonly string[], window: PageWindow): Prisma.Sql {
  const { limit, inverted } = window;
  const after = readCursor(CURSOR, CursorKey, window, "after")?.[0];
  const before = readCursor(CURSOR, CursorKey, window, "before")?.[0];
  return Prisma.sql`
    SELECT ${columnsSql("node", Object.keys(COLUMNS))} FROM unnest(${roomIds}::uuid[]) "room" ("id") CROSS JOIN LATERAL (
      SELECT * FROM "Message" WHERE "chatroomId" = "room"."id"
        ${after ? Prisma.sql`AND "id" > ${after}::uuid` : Prisma.empty}
        ${before ? Prisma.sql`AND "id" < ${before}::uuid` : Prisma.empty}
      ORDER BY "id" ${Prisma.raw(inverted ? "DESC" : "ASC")} LIMIT ${limit}
    ) "node" ORDER BY "node"."id" ${Prisma.raw(inverted ? "DESC" : "ASC")}`;
}
