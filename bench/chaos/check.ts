import type { Message, PrismaClient } from "../../src/generated/prisma/client.ts";
import type { Exchange, Story } from "./user.ts";

/** What the database and the users' own notes say, held against each other. */
export type Verdict = {
  sent: number;
  /** Replies that are complete, in the database and with the user. */
  answered: number;
  lost: number;
  doubled: number;
  differing: number;
  /** Replies that ended, but not COMPLETE. */
  failed: number;
  mischarged: number;
  /** Attempts of each reply, by the database. */
  attempts: number[];
  /** Tries that were counted for each reply. */
  tries: number[];
  /** Each fault in words. */
  findings: string[];
};

type Row = Pick<
  Message,
  "id" | "role" | "parentId" | "content" | "status" | "seq" | "clientId" | "attempt" | "tries" | "errorCode"
>;

/** Checks every message, reply, delivery and charge of a run. */
export async function check(db: PrismaClient, stories: readonly Story[]): Promise<Verdict> {
  const verdict: Verdict = {
    sent: 0,
    answered: 0,
    lost: 0,
    doubled: 0,
    differing: 0,
    failed: 0,
    mischarged: 0,
    attempts: [],
    tries: [],
    findings: [],
  };
  for (const story of stories) {
    const { roomId, userId, number } = story.member;
    const rows: Row[] = await db.message.findMany({
      where: { chatroomId: roomId },
      orderBy: [{ seq: "asc" }, { id: "asc" }],
    });
    const find = createFinder(verdict, `user ${number}`);
    for (const exchange of story.exchanges) checkExchange(verdict, rows, exchange, find);
    checkRoom(rows, story, find);

    const usage = await db.usage.findMany({ where: { userId } });
    const charged = usage.reduce((sum, day) => sum + day.messages, 0);
    const due = rows.filter(({ role, status }) => role === "ASSISTANT" && !isRefunded(status)).length;
    if (charged !== due) find("mischarged", `${charged} charged instead of ${due}`, Math.abs(charged - due));
  }
  return verdict;
}

type Kind = "lost" | "doubled" | "differing" | "failed" | "mischarged";
type Find = (kind: Kind, what: string, times?: number) => void;

const createFinder =
  (verdict: Verdict, who: string): Find =>
  (kind, what, times = 1) => {
    verdict[kind] += times;
    verdict.findings.push(`${kind}: ${who}: ${what}`);
  };

const isRefunded = (status: Row["status"]): boolean => status === "FAILED" || status === "BLOCKED";

/** One message: stored once, answered once, and the answer the same in the model's mouth, the database and the user's hands. */
function checkExchange(verdict: Verdict, rows: readonly Row[], { prompt, sent, reader }: Exchange, find: Find): void {
  const what = `${prompt.clientId}, reply ${sent.replyId}`;
  verdict.sent += 1;
  const messages = rows.filter(({ role, content }) => role === "USER" && content === prompt.content);
  const replies = rows.filter(
    ({ role, parentId }) => role === "ASSISTANT" && messages.some(({ id }) => id === parentId),
  );
  const message = messages.find(({ id, clientId }) => id === sent.messageId && clientId === prompt.clientId);
  const reply = replies.find(({ id }) => id === sent.replyId);
  if (messages.length > 1) find("doubled", `${what}: the message is stored ${messages.length} times`);
  if (replies.length > 1) find("doubled", `${what}: the message has ${replies.length} replies`);
  if (!message || !reply) return find("lost", `${what}: ${message ? "the reply" : "the message"} is not stored`);

  verdict.attempts.push(reply.attempt);
  verdict.tries.push(reply.tries);
  const { text, attempt, status, final } = reader.state();
  if (reply.status === "PENDING" || reply.status === "STREAMING") {
    return find("lost", `${what}: still ${reply.status} in attempt ${reply.attempt}, ${reply.tries} tries`);
  }
  if (reply.status !== "COMPLETE") {
    return find(
      "failed",
      `${what}: ${reply.status} with ${reply.errorCode} after ${reply.attempt} attempts, ${reply.tries} tries`,
    );
  }
  if (!final) return find("lost", `${what}: COMPLETE, but its user was not told (${status}, attempt ${attempt})`);
  if (reply.content !== prompt.expected)
    find("differing", `${what}: stored is another text than the model's, ${compare(reply.content, prompt.expected)}`);
  else if (text !== reply.content)
    find("differing", `${what}: the user has another text than the database, ${compare(text, reply.content)}`);
  else if (final.content !== reply.content) find("differing", `${what}: the last chunk's message has another text`);
  else if (reader.breaches.length > 0) find("differing", `${what}: ${reader.breaches.join("; ")}`);
  else verdict.answered += 1;
}

function compare(one: string, other: string): string {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  return `${one.length} and ${other.length} long, the same up to ${same}`;
}

/** The room: its log has neither holes nor doubles, and came to its user whole, once and in order. */
function checkRoom(rows: readonly Row[], { exchanges, delivered }: Story, find: Find): void {
  const known = new Set(exchanges.flatMap(({ sent }) => [sent.messageId, sent.replyId]));
  const strangers = rows.filter(({ id }) => !known.has(id));
  // The last send may have been stored without its answer having come; anything else nobody asked for.
  const unanswered = strangers.filter(({ role }) => role === "USER").length;
  if (strangers.length > 2 || unanswered > 1) find("doubled", `${strangers.length} messages that nobody sent`);

  const logged = rows.filter(({ seq }) => seq !== null);
  const seqs = logged.map(({ seq }) => seq);
  if (seqs.some((seq, index) => seq !== index + 1)) find("lost", `the room's log has the places ${seqs.join(" ")}`);

  const due = logged.map(({ id }) => id);
  const twice = delivered.filter((id, index) => delivered.indexOf(id) !== index);
  if (twice.length > 0) find("doubled", `messageAdded brought ${twice.join(", ")} more than once`, twice.length);
  const missed = due.filter((id) => known.has(id) && !delivered.includes(id));
  if (missed.length > 0) find("lost", `messageAdded did not bring ${missed.join(", ")}`, missed.length);
  const order = due.filter((id) => delivered.includes(id)).join();
  if (twice.length === 0 && order !== delivered.filter((id) => due.includes(id)).join()) {
    find("differing", "messageAdded brought the room in another order");
  }
}
