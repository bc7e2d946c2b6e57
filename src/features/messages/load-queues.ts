import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import type { Chatroom, Message } from "../../generated/prisma/client.ts";
import { TEXTS } from "./load-messages.ts";
import { toMessagesWithoutTexts } from "./queued-message.ts";

type Room = Pick<Chatroom, "id" | "queued">;

/** Reads the queues of all rooms in one answer together, without the texts. */
export const createQueueLoader = (ctx: Pick<AppContext, "db">): DataLoader<Room, Message[]> =>
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  new DataLoader((rooms) => readQueues(ctx, rooms), { cache: false });

async function readQueues({ db }: Pick<AppContext, "db">, rooms: readonly Room[]): Promise<Message[][]> {
  const ids = new Set(rooms.filter(({ queued }) => queued > 0).map(({ id }) => id));
  if (ids.size === 0) return rooms.map(() => []);
  const where = { chatroomId: { in: [...ids] } };
  const rows = await db.queuedMessage.findMany({ where, orderBy: { position: "asc" }, omit: TEXTS });
  const queues = new Map<string, Message[]>([...ids].map((id) => [id, []]));
  for (const message of toMessagesWithoutTexts(rows)) queues.get(message.chatroomId)?.push(message);
  return rooms.map(({ id }) => queues.get(id) ?? []);
}
