import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import type { Turn } from "../../platform/gemini/model.ts";
import { AnyActivity } from "../messages/read-activities.ts";
import { digestOf, StoredSignatures } from "./reply-detail.ts";
import { signedParts } from "./signed-parts.ts";

type Row = { messageId: string; model: string; signatures: unknown; activities: unknown };

/** Of all replies of a conversation, in bytes; the newest ones come first. */
const MAX_SIGNED_BYTES = 2 * 1024 * 1024;
const Activities = z.array(AnyActivity);

/**
 * The replies among these whose parts their model has signed, as they go back to it. A text that is not the one that was
 * signed goes back as any other text does.
 *
 * @param replies the newest first
 */
export async function readSignedParts(
  ctx: Pick<AppContext, "db">,
  replies: readonly Readonly<{ id: string; content: string }>[],
): Promise<ReadonlyMap<string, NonNullable<Turn["signed"]>>> {
  if (replies.length === 0) return new Map();
  const rows = await ctx.db.$queryRaw<Row[]>`
    SELECT "messageId"::text, "model", "signatures", "activities" FROM (
      SELECT "detail".*, sum("bytes" + octet_length("signatures"::text)) OVER (ORDER BY "messageId" DESC) AS "sum"
      FROM "ReplyDetail" "detail"
      WHERE "messageId" = ANY(${replies.map(({ id }) => id)}::uuid[]) AND "signatures" IS NOT NULL
    ) "detail" WHERE "sum" <= ${MAX_SIGNED_BYTES}::bigint`;
  const contents = new Map(replies.map(({ id, content }) => [id, content]));
  const found = rows.flatMap(({ messageId, model, ...row }) => {
    const content = contents.get(messageId) ?? "";
    const stored = StoredSignatures.safeParse(row.signatures);
    if (!stored.success || stored.data.content !== digestOf(content)) return [];
    const { signatures } = stored.data;
    const parts = signedParts({ content, activities: Activities.parse(row.activities), signatures });
    return parts.length > 0 ? [[messageId, { model, parts }] as const] : [];
  });
  return new Map(found);
}
