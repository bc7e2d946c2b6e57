import type { AppContext } from "../../app-context.ts";
import type { Turn } from "../../platform/gemini/model.ts";
import { readPath } from "../context/read-path.ts";
import { selectContext, type ContextMessage, type SelectedContext } from "../context/select-context.ts";
import { readSignedParts } from "./read-signed-parts.ts";

/** What a model is given for a reply, and how much that is. */
export type History = Readonly<
  { turns: Turn[] } & Pick<SelectedContext, "usedTokens" | "estimate" | "cutBefore" | "messages">
>;

type Asked = Readonly<{
  /** The user's last turn, which always stays. */
  parentId: string;
  systemPrompt: string;
  /** Of the whole prompt, in tokens. */
  limit: number;
}>;

/**
 * The conversation that leads to a reply, oldest turn first, as far as it fits: see `selectContext`. What the model signed
 * comes in its parts; what it thought does not come.
 */
export async function readHistory(
  ctx: Pick<AppContext, "db">,
  { parentId, systemPrompt, limit }: Asked,
): Promise<History> {
  const context = selectContext(await readPath(ctx, parentId, limit), { systemPrompt, limit });
  const { pinned, summary, messages, usedTokens, estimate, cutBefore } = context;
  const replies = [...pinned, ...messages].filter(({ role }) => role === "ASSISTANT");
  const signed = await readSignedParts(ctx, replies);
  const toTurns = (each: readonly ContextMessage[]) =>
    each.map(({ id, role, content }) => toTurn({ role, content }, signed.get(id)));
  const turns: Turn[] = [
    ...toTurns(pinned),
    ...(summary === null ? [] : [{ role: "user" as const, text: summary }]),
    ...toTurns(messages),
  ];
  return { turns, usedTokens, estimate, cutBefore, messages };
}

function toTurn({ role, content }: Pick<ContextMessage, "role" | "content">, signed: Turn["signed"]): Turn {
  return { role: role === "USER" ? "user" : "assistant", text: content, ...(signed && { signed }) };
}
