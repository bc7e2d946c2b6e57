import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Queue } from "bullmq";
import express, { type Request } from "express";
import { Redis } from "ioredis";
import pg from "pg";
import { serve } from "../../_support/serve.ts";
import { PAGE } from "../cases.ts";
import { createTokenCheck } from "../check-token.ts";

/**
 * What somebody writes who wants speed and no GraphQL: Express, jose, statements by hand over pg, and BullMQ. It does
 * what Colloquy promises of these three answers: the session is checked, and a message is charged, stored with its
 * reply in one transaction and enqueued.
 */
const { DATABASE_URL = "", DATABASE_POOL = "", REDIS_URL = "", JWT_SECRET = "" } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL) });
const queue = new Queue("by-hand", { connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }) });
const checkToken = createTokenCheck(JWT_SECRET);

const SESSION = `SELECT "userId" FROM "Session" WHERE "id" = $1 AND "revokedAt" IS NULL AND "expiresAt" > now()`;
const LIST = `
  SELECT "room"."id", "title", "lastMessageAt", "running"."id" AS "replyId", "running"."status",
    rtrim(left(coalesce(nullif("leaf"."content", ''), "asked"."content"), 140)) AS "lastMessagePreview"
  FROM "Chatroom" "room"
  LEFT JOIN "Message" "leaf" ON "leaf"."id" = "room"."activeLeafId"
  LEFT JOIN "Message" "asked" ON "asked"."id" = "leaf"."parentId"
  LEFT JOIN LATERAL (
    SELECT "id", "status" FROM "Message"
    WHERE "chatroomId" = "room"."id" AND "status" IN ('PENDING', 'STREAMING') AND "role" = 'ASSISTANT' LIMIT 1
  ) "running" ON true
  WHERE "room"."userId" = $1 AND "deletedAt" IS NULL
  ORDER BY "lastMessageAt" DESC, "room"."id" DESC LIMIT ${PAGE + 1}`;
const ROOM = `SELECT "id", "title" FROM "Chatroom" WHERE "id" = $1 AND "userId" = $2 AND "deletedAt" IS NULL`;
const MESSAGES = `
  SELECT "id", "role", "content", "status", "createdAt" FROM "Message"
  WHERE "chatroomId" = $1 ORDER BY "depth" DESC, "id" DESC LIMIT ${PAGE + 1}`;
const LOCK = `
  SELECT "seq", "activeLeafId" FROM "Chatroom"
  WHERE "id" = $1 AND "userId" = $2 AND "deletedAt" IS NULL FOR UPDATE`;
const CHARGE = `
  INSERT INTO "Usage" ("userId", "day", "messages") VALUES ($1, current_date, 1)
  ON CONFLICT ("userId", "day") DO UPDATE SET "messages" = "Usage"."messages" + 1`;
const STORE = `
  INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "status", "seq", "chargedOn", "userId")
  VALUES ($1, $2, $3, $4::int - 1, 'USER', $5, 'COMPLETE', $4, NULL, NULL),
    ($6, $2, $1, $4, 'ASSISTANT', '', 'PENDING', NULL, current_date, $7) RETURNING "createdAt"`;
const MOVE = `
  UPDATE "Chatroom" SET "seq" = $2, "activeLeafId" = $3, "lastMessageAt" = now(), "updatedAt" = now() WHERE "id" = $1`;

type Row = Record<string, unknown>;

/** Parsed and planned once for each connection. */
const run = async (client: pg.Pool | pg.PoolClient, name: string, text: string, values: unknown[]): Promise<Row[]> =>
  (await client.query<Row>({ name, text, values })).rows;

async function readViewer(request: Request): Promise<string> {
  const [session] = await run(pool, "session", SESSION, [await checkToken(request.headers.authorization)]);
  if (!session) throw new Error("the session is over");
  return session["userId"] as string;
}

const app = express();

app.get("/chatrooms", async (request, response) => {
  const rooms = await run(pool, "list", LIST, [await readViewer(request)]);
  const page = rooms.slice(0, PAGE).map(({ id, title, lastMessageAt, lastMessagePreview, replyId, status }) => ({
    id,
    title,
    lastMessageAt,
    lastMessagePreview,
    activeReply: replyId ? { id: replyId, status } : null,
  }));
  response.json({ rooms: page, hasNextPage: rooms.length > PAGE });
});

app.get("/chatrooms/:id", async (request, response) => {
  const [room] = await run(pool, "room", ROOM, [request.params.id, await readViewer(request)]);
  if (!room) return void response.sendStatus(404);
  const messages = await run(pool, "messages", MESSAGES, [request.params.id]);
  response.json({
    ...room,
    messages: messages.slice(0, PAGE).toReversed(),
    hasPreviousPage: messages.length > PAGE,
  });
});

app.post("/messages", express.json(), async (request, response) => {
  const userId = await readViewer(request);
  const sent = await send(userId, request.body as Input);
  await queue.add("generate-reply", { replyId: sent.reply.id }, { removeOnComplete: true });
  response.status(202).json(sent);
});

type Input = { chatroomId: string; content: string };

async function send(userId: string, { chatroomId, content }: Input) {
  const [messageId, replyId] = [randomUUID(), randomUUID()];
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const [room] = await run(client, "lock", LOCK, [chatroomId, userId]);
    if (!room) throw new Error("there is no such room");
    const seq = Number(room["seq"]) + 1;
    await run(client, "charge", CHARGE, [userId]);
    const messages = [messageId, chatroomId, room["activeLeafId"], seq, content, replyId, userId];
    const [stored] = await run(client, "store", STORE, messages);
    await run(client, "move", MOVE, [chatroomId, seq, replyId]);
    await client.query("COMMIT");
    return { message: { id: messageId, createdAt: stored?.["createdAt"] }, reply: { id: replyId, status: "PENDING" } };
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

await serve(createServer(app), () => pool.end());
