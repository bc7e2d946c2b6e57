import DataLoader from "dataloader";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { AnswerTooLarge, MAX_ANSWER_BYTES } from "../../platform/answer-limit.ts";
import { isEnded } from "../rooms/message-status.ts";
import type { MessageContent } from "./parts-of.ts";
import { AnyActivity } from "./read-activities.ts";

/** What the loader looks at. */
export const DETAIL_COLUMNS = ["id", "role", "status"] satisfies (keyof Message)[];

/** What of a message is kept beside its row, for all messages of an answer in one statement. */
export function createDetailLoader(ctx: Pick<AppContext, "db">): DataLoader<Message, Detail> {
  const left = { bytes: MAX_ANSWER_BYTES };
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  return new DataLoader<Message, Detail>((messages) => readDetails(ctx, messages, left), { cache: false });
}

type Detail = Omit<MessageContent, "content">;
type Row = { messageId: string; all: number; thought: string | null; activities: unknown };

const Activities = z.array(AnyActivity);
const NOTHING: Detail = { thought: "", activities: [] };

/** Their sizes stand in the table, so that details which are too many are not read at all. */
async function readDetails(
  { db }: Pick<AppContext, "db">,
  messages: readonly Message[],
  left: { bytes: number },
): Promise<(Detail | AnswerTooLarge)[]> {
  const ids = messages.filter(({ role, status }) => role === "ASSISTANT" && isEnded(status)).map(({ id }) => id);
  if (ids.length === 0) return messages.map(() => NOTHING);
  const rows = await db.$queryRaw<Row[]>`
    SELECT "messageId"::text, "all", CASE WHEN "fits" THEN "thought" END AS "thought",
      CASE WHEN "fits" THEN "activities" END AS "activities"
    FROM (
      SELECT *, (sum("bytes") OVER ())::float8 AS "all", (sum("bytes") OVER ())::float8 <= ${left.bytes}::float8 AS "fits"
      FROM "ReplyDetail" WHERE "messageId" = ANY(${ids}::uuid[])
    ) "detail"`;
  const details = new Map<string, Detail | AnswerTooLarge>();
  const refusal = new AnswerTooLarge();
  for (const { messageId, thought, activities } of rows) {
    const detail = thought === null ? refusal : { thought, activities: Activities.parse(activities) };
    details.set(messageId, detail);
  }
  const all = rows[0]?.all ?? 0;
  if (all <= left.bytes) left.bytes -= all;
  return messages.map(({ id }) => details.get(id) ?? NOTHING);
}
