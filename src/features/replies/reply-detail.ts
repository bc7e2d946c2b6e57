import { createHash } from "node:crypto";
import { z } from "zod";
import { Prisma } from "../../generated/prisma/client.ts";
import type { Activity } from "../../platform/gemini/activity.ts";
import type { PartSignature } from "../../platform/gemini/model.ts";

/** What a reply has beside its text. */
export type ReplyDetail = Readonly<{
  thought?: string;
  activities?: readonly Activity[];
  signatures?: readonly PartSignature[];
}>;

/** What the model signed, with what tells whether the text is still the one that it signed. */
export const StoredSignatures = z.object({
  content: z.string(),
  signatures: z.array(z.object({ start: z.int(), end: z.int(), activity: z.int().nullable(), signature: z.string() })),
});

/** More is not kept, in UTF-16 code units: it would be sent with each later turn. */
const MAX_SIGNATURES_LENGTH = 256 * 1024;

/**
 * A part of a statement that keeps what a reply has beside its text, or forgets what an attempt before it had.
 *
 * @param reply what the statement calls the row with the message's `id` and `model`, if the attempt may end it
 */
export function detailSql(end: ReplyDetail & { content: string }, reply: string): Prisma.Sql {
  const { content, thought = "", activities = [], signatures = [] } = end;
  const from = Prisma.raw(`"${reply}"`);
  const signed = JSON.stringify({ content: digestOf(content), signatures });
  const stored = signatures.length > 0 && signed.length <= MAX_SIGNATURES_LENGTH ? signed : null;
  if (thought === "" && activities.length === 0 && stored === null) {
    return Prisma.sql`"detail" AS (DELETE FROM "ReplyDetail" USING ${from} WHERE "messageId" = ${from}."id")`;
  }
  const json = JSON.stringify(activities);
  const bytes = Buffer.byteLength(json) + Buffer.byteLength(JSON.stringify(thought));
  return Prisma.sql`"detail" AS (
      INSERT INTO "ReplyDetail" ("messageId", "thought", "activities", "signatures", "model", "bytes")
      SELECT "id", ${thought}, ${json}::jsonb, ${stored}::jsonb, "model", ${bytes}::int FROM ${from}
      ON CONFLICT ("messageId") DO UPDATE SET "thought" = excluded."thought", "activities" = excluded."activities",
        "signatures" = excluded."signatures", "model" = excluded."model", "bytes" = excluded."bytes"
    )`;
}

/** Short, and another for another text. */
export const digestOf = (content: string): string => createHash("sha256").update(content).digest("base64url");
