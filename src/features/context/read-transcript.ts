import type { AppContext } from "../../app-context.ts";
import { estimateTokens } from "../../platform/text/estimate-tokens.ts";
import { quoteBlock } from "../../platform/text/quote-block.ts";
import type { PathMessage } from "./read-path.ts";
import type { SummaryPlan } from "./plan-summary.ts";
import { usableMessages } from "./select-context.ts";

/** What a summary is made of. */
export type Transcript = Readonly<{
  /** Null where all of it was left out. */
  text: string | null;
  fromId: string;
  /** A reply: the last message that is in it. */
  toId: string;
}>;

/** What one summary is made of, in tokens as they are estimated: more is left to the next one. */
const MAX_TOKENS = 60_000;
/** Of a longer message the beginning and the end are read, in code points. */
const BEGINNING = 12_000;
const END = 4_000;
const LEFT_OUT = "\n[…]\n";
/** Messages whose texts are read at once. */
const PAGE = 100;

type Step = PathMessage & { content: null };

/**
 * Reads a stretch of a path from its beginning, until a summary can take no more. It takes at least one exchange, as no
 * message is read whole that is very long.
 */
export async function readTranscript(ctx: Pick<AppContext, "db">, plan: SummaryPlan): Promise<Transcript | null> {
  const steps = await readSteps(ctx, plan);
  const first = steps[0];
  if (!first) return null;
  const usable = new Set(usableMessages(steps.toReversed()).map(({ id }) => id));
  const blocks: string[] = [];
  let tokens = 0;
  let toId: string | undefined;
  let pending: string[] = [];
  for (let at = 0; at < steps.length; at += PAGE) {
    const page = steps.slice(at, at + PAGE);
    const contents = await readContents(
      ctx,
      page.flatMap(({ id }) => (usable.has(id) ? [id] : [])),
    );
    for (const { id, role } of page) {
      const content = contents.get(id) ?? "";
      if (content !== "") pending.push(quoteBlock(role === "USER" ? "user" : "assistant", content));
      if (role === "USER") continue;
      tokens += pending.reduce((sum, block) => sum + estimateTokens(block), 0);
      if (toId !== undefined && tokens > MAX_TOKENS) return { text: textOf(blocks), fromId: first.id, toId };
      blocks.push(...pending);
      pending = [];
      toId = id;
    }
  }
  return toId === undefined ? null : { text: textOf(blocks), fromId: first.id, toId };
}

const textOf = (blocks: readonly string[]): string | null => (blocks.length === 0 ? null : blocks.join("\n\n"));

/** The messages of the stretch without their texts, the oldest first. */
const readSteps = (ctx: Pick<AppContext, "db">, { toId, afterId }: SummaryPlan): Promise<Step[]> =>
  ctx.db.$queryRaw<Step[]>`
    WITH RECURSIVE "path" AS (
      SELECT "id", "parentId", "role", "status", "depth" FROM "Message" WHERE "id" = ${toId}::uuid
      UNION ALL
      SELECT "parent"."id", "parent"."parentId", "parent"."role", "parent"."status", "parent"."depth"
      FROM "path" JOIN "Message" "parent" ON "parent"."id" = "path"."parentId"
      WHERE "parent"."id" IS DISTINCT FROM ${afterId}::uuid
    )
    SELECT "id"::text, "parentId"::text, "role", "status", NULL AS "content" FROM "path" ORDER BY "depth"`;

async function readContents(ctx: Pick<AppContext, "db">, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await ctx.db.$queryRaw<{ id: string; content: string }[]>`
    SELECT "id"::text, CASE WHEN length("content") > ${BEGINNING + END}::int
      THEN left("content", ${BEGINNING}::int) || ${LEFT_OUT} || right("content", ${END}::int) ELSE "content" END AS "content"
    FROM "Message" WHERE "id" = ANY(${ids}::uuid[])`;
  return new Map(rows.map(({ id, content }) => [id, content]));
}
