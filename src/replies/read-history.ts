import type { AppContext } from "../app-context.ts";
import type { Message } from "../generated/prisma/client.ts";
import type { Turn } from "../platform/model.ts";

/** Room left for the conversation, in tokens; Gemini's models take far more, but each one costs. */
const TOKEN_BUDGET = 32_000;
/** Google counts a token as about four characters of English. */
const UNITS_PER_TOKEN = 4;
const MAX_MESSAGES = 200;

type Node = Pick<Message, "role" | "content" | "status">;

/**
 * The conversation that leads to a reply, oldest turn first, cut at its old end to fit the token budget.
 * Replies that failed or were blocked are left out; the user's last turn always stays.
 */
export async function readHistory(ctx: Pick<AppContext, "db">, parentId: string): Promise<Turn[]> {
  const path = await ctx.db.$queryRaw<Node[]>`
    WITH RECURSIVE path AS (
      SELECT "id", "parentId", "role", "content", "status", 1 AS steps
        FROM "Message" WHERE "id" = ${parentId}::uuid
      UNION ALL
      SELECT m."id", m."parentId", m."role", m."content", m."status", steps + 1
        FROM "Message" m JOIN path ON m."id" = path."parentId" WHERE steps < ${MAX_MESSAGES}
    )
    SELECT "role", "content", "status" FROM path ORDER BY steps`;

  const turns: Turn[] = [];
  let units = 0;
  for (const node of path) {
    const said = node.status === "COMPLETE" || node.status === "STOPPED";
    if (!said || node.content === "") continue;
    units += node.content.length;
    if (turns.length > 0 && units > TOKEN_BUDGET * UNITS_PER_TOKEN) break;
    turns.unshift({ role: node.role === "USER" ? "user" : "assistant", text: node.content });
  }
  // A conversation that was cut begins with a question, not with an answer to one that is gone.
  while (turns[0]?.role === "assistant") turns.shift();
  return turns;
}
