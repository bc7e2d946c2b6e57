import type { PrismaClient } from "../../../src/generated/prisma/client.ts";
import type { Exchange, UserRun } from "./user.ts";

/** What the database and the users' own notes say, held against each other; `findings` has each fault in words. */
export type Verdict = Record<"lost" | "doubled" | "differing" | "mischarged", number> & { findings: string[] };

/** Checks every message, reply, delivery and charge of a run. */
export async function check(db: PrismaClient, runs: readonly UserRun[]): Promise<Verdict> {
  const verdict: Verdict = { lost: 0, doubled: 0, differing: 0, mischarged: 0, findings: [] };
  for (const run of runs) {
    const find = (kind: Exclude<keyof Verdict, "findings">, what: string) => {
      verdict[kind] += 1;
      verdict.findings.push(`${kind}: ${what}`);
    };
    const where = { chatroomId: run.room };
    const rows = await db.message.findMany({ where, orderBy: [{ seq: "asc" }, { id: "asc" }] });
    for (const prompt of run.prompts.slice(run.exchanges.length)) find("lost", `${prompt.clientId} was not answered`);
    for (const exchange of run.exchanges) checkExchange(rows, exchange, find);
    checkRoom(rows, run, find);
    for (const fault of run.faults) find("lost", `of user ${run.userId}, what was followed: ${String(fault)}`);

    const usage = await db.usage.aggregate({ where: { userId: run.userId }, _sum: { messages: true } });
    const due = rows.filter(({ role, status }) => role === "ASSISTANT" && status !== "FAILED" && status !== "BLOCKED");
    if (usage._sum.messages !== due.length) find("mischarged", `${usage._sum.messages} instead of ${due.length}`);
  }
  return verdict;
}

type Rows = Awaited<ReturnType<PrismaClient["message"]["findMany"]>>;
type Find = (kind: Exclude<keyof Verdict, "findings">, what: string) => void;

/** One message: stored once, answered once, and the answer the same in the model's mouth, the database and the user's hands. */
function checkExchange(rows: Rows, { prompt, messageId, replyId, reply }: Exchange, find: Find): void {
  const what = `${prompt.clientId}, reply ${replyId}`;
  const messages = rows.filter(({ role, content }) => role === "USER" && content === prompt.content);
  const replies = rows.filter(
    ({ parentId, role }) => role === "ASSISTANT" && messages.some(({ id }) => id === parentId),
  );
  if (messages.length > 1 || replies.length > 1) {
    find("doubled", `${what}: ${messages.length} messages, ${replies.length} replies`);
  }
  const stored = replies.find(({ id }) => id === replyId);
  if (!stored || !messages.some(({ id }) => id === messageId)) return find("lost", `${what}: is not stored`);
  if (stored.status !== "COMPLETE" || !reply?.message) {
    const { status, errorCode, attempt, tries } = stored;
    return find("lost", `${what}: ${status}, ${errorCode}, attempt ${attempt}, ${tries} tries; told: ${reply?.status}`);
  }
  const texts = { "the database": stored.content, "the stream": reply.text, "its end": reply.message.content };
  for (const [where, text] of Object.entries(texts)) {
    if (text !== prompt.expected) find("differing", `${what}: ${text.length} units in ${where}, not the model's text`);
  }
}

/** The room: its log has neither holes nor doubles, and came to its user whole, once and in order. */
function checkRoom(rows: Rows, { room, exchanges, delivered }: UserRun, find: Find): void {
  const known = new Set(exchanges.flatMap(({ messageId, replyId }) => [messageId, replyId]));
  const strangers = rows.filter(({ id }) => !known.has(id));
  if (strangers.length > 0) find("doubled", `${strangers.length} messages in ${room} that nobody sent`);
  const log = rows.filter(({ seq }) => seq !== null);
  if (log.some(({ seq }, index) => seq !== index + 1)) find("lost", `the log of ${room} has holes`);
  const twice = delivered.filter((id, index) => delivered.indexOf(id) !== index);
  if (twice.length > 0) find("doubled", `messageAdded brought ${twice.join(", ")} more than once`);
  const missed = log.filter(({ id }) => !delivered.includes(id));
  if (missed.length > 0) find("lost", `messageAdded did not bring ${missed.map(({ id }) => id).join(", ")}`);
  const inOrder = log.map(({ id }) => id).filter((id) => delivered.includes(id));
  if (inOrder.join() !== [...new Set(delivered)].join()) find("differing", `${room} came in another order`);
}
