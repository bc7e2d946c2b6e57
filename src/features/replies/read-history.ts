import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { Turn } from "../../platform/gemini/model.ts";
import { isRetryable } from "../rooms/message-status.ts";
import { estimateTokens } from "../../platform/text/estimate-tokens.ts";
import { readSignedParts } from "./read-signed-parts.ts";

/** Room left for the conversation, in tokens; Gemini's models take far more, but each one costs. */
export const TOKEN_BUDGET = 32_000;
const MAX_MESSAGES = 200;

type Node = Pick<Message, "id" | "role" | "content" | "status">;

/**
 * The conversation that leads to a reply, oldest turn first, cut at its old end to fit the budget. A failed or blocked
 * reply is left out together with its question, which would have every later reply blocked too. The question that is
 * being answered always stays. What the model signed comes in its parts; what it thought does not come.
 *
 * @param parentId the user's last turn
 * @param budget in tokens, as they are estimated
 */
export async function readHistory(
  ctx: Pick<AppContext, "db">,
  parentId: string,
  budget = TOKEN_BUDGET,
): Promise<Turn[]> {
  const path = await ctx.db.$queryRaw<Node[]>`
    WITH RECURSIVE path AS (
      SELECT "id", "parentId", "role", "content", "status", 1 AS steps
        FROM "Message" WHERE "id" = ${parentId}::uuid
      UNION ALL
      SELECT m."id", m."parentId", m."role", m."content", m."status", steps + 1
        FROM "Message" m JOIN path ON m."id" = path."parentId" WHERE steps < ${MAX_MESSAGES}
    )
    SELECT "id"::text, "role", "content", "status" FROM path ORDER BY steps`;

  const turns: Node[] = [];
  let left = budget;
  /** Whether the reply that follows in time was left out. */
  let unanswered = false;
  for (const node of path) {
    const { role, content, status } = node;
    const leftOut: boolean = role === "USER" ? unanswered : isRetryable(status);
    unanswered = role === "ASSISTANT" && leftOut;
    if (leftOut || content === "") continue;
    left -= estimateTokens(content, left);
    if (turns.length > 0 && left < 0) break;
    turns.unshift(node);
  }
  // A conversation that was cut begins with a question, not with an answer to one that is gone.
  while (turns[0]?.role === "ASSISTANT") turns.shift();
  const replies = turns.filter(({ role }) => role === "ASSISTANT");
  const signed = await readSignedParts(ctx, replies);
  return turns.map(({ id, role, content }) => toTurn({ role, content }, signed.get(id)));
}

function toTurn({ role, content }: Pick<Message, "role" | "content">, signed: Turn["signed"]): Turn {
  return { role: role === "USER" ? "user" : "assistant", text: content, ...(signed && { signed }) };
}
