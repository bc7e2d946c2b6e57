import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";

/** Where a message stands among those with the same parent, oldest first. */
export type Siblings = Readonly<{ index: number; total: number; previousId: string | null; nextId: string | null }>;

const ALONE: Siblings = { index: 0, total: 1, previousId: null, nextId: null };

/** What the loader looks at. */
export const SIBLINGS_COLUMNS = ["id", "chatroomId", "parentId", "status"] satisfies (keyof Message)[];

/** Reads the siblings of all messages of an answer in one statement. The first messages of a room are siblings, too. */
export const createSiblingsLoader = (ctx: Pick<AppContext, "db">): DataLoader<Message, Siblings> =>
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  new DataLoader<Message, Siblings>((messages) => readSiblings(ctx, messages), { cache: false });

async function readSiblings({ db }: Pick<AppContext, "db">, messages: readonly Message[]): Promise<Siblings[]> {
  const nodes = messages.filter(({ status }) => status !== "QUEUED");
  const parentIds = new Set(nodes.flatMap(({ parentId }) => parentId ?? []));
  const roomIds = new Set(nodes.flatMap(({ parentId, chatroomId }) => (parentId === null ? chatroomId : [])));
  if (nodes.length === 0) return messages.map(() => ALONE);
  const families = await db.$queryRaw<{ key: string; ids: string[] }[]>`
    SELECT "parentId"::text AS "key", array_agg("id"::text ORDER BY "id") AS "ids" FROM "Message"
    WHERE "parentId" = ANY(${[...parentIds]}::uuid[]) GROUP BY "parentId"
    UNION ALL
    SELECT "chatroomId"::text, array_agg("id"::text ORDER BY "id") FROM "Message"
    WHERE "chatroomId" = ANY(${[...roomIds]}::uuid[]) AND "depth" = 0 AND "parentId" IS NULL GROUP BY "chatroomId"`;
  const familyOf = new Map(families.map(({ key, ids }) => [key, ids]));
  return messages.map(({ id, parentId, chatroomId }) => {
    const ids = familyOf.get(parentId ?? chatroomId) ?? [];
    const index = ids.indexOf(id);
    if (index === -1) return ALONE;
    return { index, total: ids.length, previousId: ids[index - 1] ?? null, nextId: ids[index + 1] ?? null };
  });
}
