import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message, type QueuedMessage } from "../../generated/prisma/client.ts";
import { columnsSql } from "../../platform/postgres/columns.ts";
import { ownRooms } from "../rooms/room-access.ts";
import { withoutTexts } from "./load-messages.ts";
import { NO_OUTCOME } from "./no-outcome.ts";

/** Messages that wait in one room at the same time. */
export const MAX_QUEUED = 20;

/** The columns that Prisma's `QueuedMessage` has. */
export const queuedColumnsSql = (alias: string): Prisma.Sql =>
  columnsSql(alias, Object.keys(Prisma.QueuedMessageScalarFieldEnum));

/** What the schema shows of a queued message: a message without a position, on no branch, with what it asks for. */
export const toMessage = (queued: QueuedMessage): Message => ({ ...toRow(queued), content: queued.content });

/** The same of messages whose texts `textOf` reads for the schema. */
export const toMessagesWithoutTexts = (rows: readonly Omit<QueuedMessage, "content">[]): Message[] =>
  withoutTexts(rows.map(toRow));

const toRow = (queued: Omit<QueuedMessage, "content">): Omit<Message, "content"> => ({
  ...UNSTARTED,
  id: queued.id,
  chatroomId: queued.chatroomId,
  clientId: queued.clientId,
  model: queued.model,
  settings: queued.settings,
  createdAt: queued.createdAt,
});

const UNSTARTED = {
  parentId: null,
  depth: -1,
  anchorId: null,
  lastLeafId: null,
  role: "USER",
  status: "QUEUED",
  attempt: 0,
  tries: 0,
  nextTryAt: null,
  draftAttempt: null,
  handBacks: 0,
  seq: null,
  beganSeq: null,
  fallbackFrom: null,
  ...NO_OUTCOME,
  chargedOn: null,
  reservedCost: null,
  userId: null,
  place: null,
} satisfies Partial<Message>;

/** A queued message in one of the user's own rooms; null for anything else. @param id a UUID */
export const findQueued = (ctx: Pick<AppContext, "db">, userId: string, id: string): Promise<QueuedMessage | null> =>
  ctx.db.queuedMessage.findFirst({ where: { id, chatroom: ownRooms(userId) } });
