import type { Message, PrismaClient } from "../../../src/generated/prisma/client.ts";

/** A message as JSON, as far as it is looked at. */
export type Row = Pick<Message, "id" | "chatroomId" | "parentId" | "depth" | "role" | "content" | "status">;
/** One write of a message. */
export type Entry = Readonly<{ op: "INSERT" | "UPDATE" | "DELETE"; row: Row }>;

/** Lets PostgreSQL keep every write of a message: asking the API now and then would miss most of them. */
export async function keepHistory(db: PrismaClient): Promise<void> {
  await db.$executeRawUnsafe(
    `CREATE TABLE "History" ("n" bigserial, "op" text, "row" jsonb, "tx" xid8 DEFAULT pg_current_xact_id())`,
  );
  await db.$executeRawUnsafe(`
    CREATE FUNCTION "keepMessage"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO "History" ("op", "row") VALUES (TG_OP, to_jsonb(coalesce(NEW, OLD)));
      RETURN NULL;
    END $$`);
  await db.$executeRawUnsafe(`
    CREATE TRIGGER "keepMessages" AFTER INSERT OR UPDATE OR DELETE ON "Message"
    FOR EACH ROW EXECUTE FUNCTION "keepMessage"()`);
}

/** @returns the writes in their order; of messages that were stored at once, such as a fork's, the root first */
export const readHistory = (db: PrismaClient): Promise<Entry[]> =>
  db.$queryRaw<Entry[]>`
    SELECT "op", "row" FROM "History"
    ORDER BY min("n") OVER (PARTITION BY "tx", CASE WHEN "op" <> 'INSERT' THEN "n" END), ("row"->>'depth')::int`;

type Ended = "COMPLETE" | "STOPPED" | "FAILED" | "BLOCKED";

export type Story = Readonly<{
  /** What was written that must not be. */
  findings: readonly string[];
  /** For each question, what a model may be given to answer it: one path, and those of its copies in forks. */
  paths: ReadonlyMap<string, ReadonlySet<string>>;
  /** How often a reply ended like that. One that was retried has ended twice. */
  ended: Readonly<Record<Ended, number>>;
  /** Of each reply that was completed: its question, its text, and its id. */
  completed: readonly Readonly<{ id: string; question: string; content: string }>[];
}>;

const isRunning = ({ status }: Row) => status === "PENDING" || status === "STREAMING";
const isFailed = (row: Row | undefined) => row?.status === "FAILED" || row?.status === "BLOCKED";
const briefly = ({ id, role, status, content }: Row) => `${role} ${id} (${status}, ${JSON.stringify(content)})`;

/** Tells the story again, and looks at each write whether it changes what must stay. */
export function tellStory(entries: readonly Entry[]): Story {
  const findings: string[] = [];
  const paths = new Map<string, Set<string>>();
  const ended = { COMPLETE: 0, STOPPED: 0, FAILED: 0, BLOCKED: 0 };
  const completed: { id: string; question: string; content: string }[] = [];
  const rows = new Map<string, Row>();
  const children = new Map<string, Set<string>>();

  function insert(row: Row): void {
    const parent = row.parentId === null ? undefined : rows.get(row.parentId);
    rows.set(row.id, row);
    if (row.parentId !== null) children.set(row.parentId, (children.get(row.parentId) ?? new Set()).add(row.id));
    const fits = parent
      ? parent.chatroomId === row.chatroomId &&
        parent.depth + 1 === row.depth &&
        (row.role === "USER" || parent.role === "USER")
      : row.parentId === null && row.depth === 0 && row.role === "USER";
    if (!fits) findings.push(`${briefly(row)} does not fit below ${parent ? briefly(parent) : row.parentId}`);
    if (parent && isRunning(parent)) findings.push(`${briefly(row)} follows a reply that is running`);
    if (parent && row.role === "ASSISTANT") {
      paths.set(parent.content, (paths.get(parent.content) ?? new Set()).add(JSON.stringify(pathTo(parent))));
    }
  }

  /** What leads to a question, as a model is given it: without failures and their questions, and without empty texts. */
  function pathTo(question: Row): [string, string][] {
    const path: Row[] = [];
    for (let row: Row | undefined = question; row; row = rows.get(row.parentId ?? "")) path.unshift(row);
    return path
      .filter((row, at) => !isFailed(row) && !(row.role === "USER" && isFailed(path[at + 1])))
      .filter(({ content }) => content !== "")
      .map(({ role, content }) => [role === "USER" ? "user" : "model", content]);
  }

  function update(row: Row): void {
    const before = rows.get(row.id);
    rows.set(row.id, row);
    if (!before) return void findings.push(`${briefly(row)} was written before it was there`);
    const moved = before.parentId !== row.parentId || before.role !== row.role || before.chatroomId !== row.chatroomId;
    const changed = before.content !== row.content || before.status !== row.status;
    const isFinal = before.role === "USER" || before.status === "COMPLETE" || before.status === "STOPPED";
    const isAncestor = (children.get(row.id)?.size ?? 0) > 0;
    if (moved || (changed && (isFinal || isAncestor))) {
      findings.push(`${briefly(before)} became ${briefly(row)}${isAncestor ? ", with messages below it" : ""}`);
    }
    if (!isRunning(before) || isRunning(row)) return;
    ended[row.status as Ended] += 1;
    if (row.status !== "COMPLETE") return;
    completed.push({ id: row.id, question: rows.get(row.parentId ?? "")?.content ?? "", content: row.content });
  }

  for (const { op, row } of entries) {
    if (op === "INSERT") insert(row);
    else if (op === "UPDATE") update(row);
    else {
      rows.delete(row.id);
      children.get(row.parentId ?? "")?.delete(row.id);
    }
  }
  for (const row of rows.values()) {
    if (row.parentId !== null && !rows.has(row.parentId)) findings.push(`${briefly(row)} has lost its parent`);
    if (isRunning(row)) findings.push(`${briefly(row)} has not ended`);
  }
  return { findings, paths, ended, completed };
}
