import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { AnswerTooLarge, MAX_ANSWER_BYTES } from "../../platform/answer-limit.ts";

/** Messages of which all is known but the text. */
const unread = new WeakSet<object>();

/** Whether the text of a message is still to be read. */
export const isUnread = (message: Message): boolean => unread.has(message);

/** What to leave out of a read of messages that `withoutTexts` is to take. */
export const TEXTS = { content: true } as const;

/** Makes messages of rows that have no text, which `textOf` reads for the schema. */
export const withoutTexts = (rows: readonly Omit<Message, "content">[]): Message[] =>
  rows.map((row) => {
    const message = {
      ...row,
      get content(): string {
        throw new Error("The text of this message has to be read with textOf.");
      },
    };
    unread.add(message);
    return message;
  });

/** Reads messages by their ids, without their texts. Null for an unknown id. */
export const createMessageLoader = ({ db }: Pick<AppContext, "db">): DataLoader<string, Message | null> =>
  new DataLoader(
    async (ids: readonly string[]) => {
      const rows = await db.message.findMany({ where: { id: { in: [...new Set(ids)] } }, omit: TEXTS });
      const messages = new Map(withoutTexts(rows).map((message) => [message.id, message]));
      return ids.map((id) => messages.get(id) ?? null);
    },
    { cache: false },
  );

/**
 * Reads the texts of messages by their ids; all that one answer may have, and then no more: `OPERATION_TOO_COMPLEX`. Of a
 * message that is gone by now, an empty one: its readers learn at once that it was deleted.
 */
export function createTextLoader({ db }: Pick<AppContext, "db">): DataLoader<string, string> {
  let left = MAX_ANSWER_BYTES;
  return new DataLoader<string, string>(
    async (ids: readonly string[]) => {
      const rows = await db.$queryRaw<{ id: string; bytes: number; content: string | null }[]>(
        textsSql([...new Set(ids)], left),
      );
      const bytes = rows[0]?.bytes ?? 0;
      if (bytes > left) {
        const refusal = new AnswerTooLarge();
        return ids.map(() => refusal);
      }
      left -= bytes;
      const texts = new Map(rows.map(({ id, content }) => [id, content]));
      // An error would take a whole page, or end a subscription, for one message that was deleted meanwhile.
      return ids.map((id) => texts.get(id) ?? "");
    },
    { cache: false },
  );
}

/** PostgreSQL knows the size of a text without reading it. */
const BYTES = Prisma.sql`(sum(octet_length("content")) OVER ())::float8`;

/** A queued message may have become one of the room since it was read, with the same id. */
const textsSql = (ids: readonly string[], maxBytes: number) => Prisma.sql`
  SELECT "id"::text, ${BYTES} AS "bytes", CASE WHEN ${BYTES} <= ${maxBytes}::float8 THEN "content" END AS "content"
  FROM (
    SELECT "id", "content" FROM "Message" WHERE "id" = ANY(${ids}::uuid[])
    UNION ALL SELECT "id", "content" FROM "QueuedMessage" WHERE "id" = ANY(${ids}::uuid[])
  ) "each"`;
