import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { isEnded, isRetryable } from "../rooms/message-status.ts";

/** The newest messages of a branch that are read for a prompt. */
export const MAX_MESSAGES = 200;
/** A token has fewer bytes on average: more text than this for each token of a prompt never fits. */
const BYTES_A_TOKEN = 16;
/** Of the texts that are read for a prompt, however long it may be. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A shorter prompt tells nothing of how its model counts: too much of it is no text. */
const MIN_ESTIMATE = 500;

export type PathMessage = Pick<Message, "id" | "parentId" | "role" | "status"> & {
  /** Null for one whose text is beyond what is read. */
  content: string | null;
};

/** A summary that stands for the messages up to `toMessageId`. */
export type Overlay = Readonly<{ fromMessageId: string; toMessageId: string; text: string }>;

/** The path from a message to the root of its room, as far as a prompt may need it. */
export type Path = Readonly<{
  /** The newest first: those behind the overlay and the first exchange. */
  messages: readonly PathMessage[];
  /** The newest that lies on the path. */
  overlay: Overlay | null;
  /** The first question and its reply, which stay in each prompt; empty where they are not on the path, or failed. */
  pinned: readonly PathMessage[];
  /** Whether nothing lies between the two: else there are more messages than are read. */
  isWhole: boolean;
  /** What a token of our estimate counts for the model, by its last count of a prompt. */
  scale: number;
}>;

type Row = PathMessage & Pick<Message, "depth" | "promptTokens" | "promptEstimate"> & { overlayId: string | null };

/**
 * @param leafId the message that it ends with
 * @param limit of the prompt, in tokens
 */
export async function readPath(ctx: Pick<AppContext, "db">, leafId: string, limit: number): Promise<Path> {
  const rows = await ctx.db.$queryRaw<Row[]>`
    WITH RECURSIVE "path" AS (
      SELECT "id", "parentId", 1 AS "steps" FROM "Message" WHERE "id" = ${leafId}::uuid
      UNION ALL
      SELECT "parent"."id", "parent"."parentId", "steps" + 1
      FROM "path" JOIN "Message" "parent" ON "parent"."id" = "path"."parentId"
      WHERE "steps" < ${MAX_MESSAGES} AND NOT EXISTS (SELECT FROM "ContextOverlay" WHERE "toMessageId" = "path"."id")
    )
    SELECT "message"."id"::text, "message"."parentId"::text, "role", "status", "depth", "promptTokens", "promptEstimate",
      "overlay"."id"::text AS "overlayId",
      CASE WHEN "steps" = 1 OR sum(octet_length("content")) OVER (ORDER BY "steps") <= ${Math.min(limit * BYTES_A_TOKEN, MAX_BYTES)}::bigint
        THEN "content" END AS "content"
    FROM "path" JOIN "Message" "message" ON "message"."id" = "path"."id"
    LEFT JOIN "ContextOverlay" "overlay" ON "overlay"."toMessageId" = "path"."id"
    ORDER BY "steps"`;
  const scale = scaleOf(rows);
  const oldest = rows.at(-1);
  if (oldest?.overlayId) {
    const overlay = await ctx.db.contextOverlay.findUniqueOrThrow({
      where: { id: oldest.overlayId },
      select: { fromMessageId: true, toMessageId: true, text: true, from: { select: { parentId: true } } },
    });
    const pinned = await readFirstExchange(ctx, overlay.from.parentId);
    return { messages: rows.slice(0, -1), overlay, pinned, isWhole: true, scale };
  }
  if (oldest && oldest.depth > 0) {
    return {
      messages: rows,
      overlay: null,
      pinned: await readFirstExchange(ctx, oldest.parentId),
      isWhole: false,
      scale,
    };
  }
  const pinned = rows.length > 2 ? firstExchange(rows.slice(-2)) : [];
  return { messages: rows.slice(0, rows.length - pinned.length), overlay: null, pinned, isWhole: true, scale };
}

/** By the newest prompt whose tokens the model has counted. */
function scaleOf(rows: readonly Row[]): number {
  const counted = rows.find(
    ({ promptTokens, promptEstimate }) => promptTokens && (promptEstimate ?? 0) >= MIN_ESTIMATE,
  );
  if (!counted?.promptTokens || !counted.promptEstimate) return 1;
  return Math.min(4, Math.max(1 / 4, counted.promptTokens / counted.promptEstimate));
}

/** @param newestFirst the first two messages of a branch */
function firstExchange(newestFirst: readonly PathMessage[]): PathMessage[] {
  const [reply, question] = newestFirst;
  const isUsable = reply?.role === "ASSISTANT" && isEnded(reply.status) && !isRetryable(reply.status);
  return isUsable && question && reply.content !== null && question.content !== null ? [question, reply] : [];
}

/** @param startId any message of the branch below them; null above the root */
async function readFirstExchange(ctx: Pick<AppContext, "db">, startId: string | null): Promise<PathMessage[]> {
  if (startId === null) return [];
  const rows = await ctx.db.$queryRaw<PathMessage[]>`
    WITH RECURSIVE "path" AS (
      SELECT "id", "parentId", "depth" FROM "Message" WHERE "id" = ${startId}::uuid
      UNION ALL
      SELECT "parent"."id", "parent"."parentId", "parent"."depth"
      FROM "path" JOIN "Message" "parent" ON "parent"."id" = "path"."parentId"
    )
    SELECT "message"."id"::text, "message"."parentId"::text, "role", "status", "content"
    FROM "path" JOIN "Message" "message" ON "message"."id" = "path"."id"
    WHERE "path"."depth" <= 1 ORDER BY "path"."depth" DESC`;
  return firstExchange(rows);
}
