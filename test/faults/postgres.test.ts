import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createDatabase, startPostgres, type PostgresServer } from "../../tools/local-stack/postgres.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetUsage, SendMessage } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { post } from "../_support/post.ts";
import { whenReadySays } from "../_support/when-ready.ts";

let dir: string;
let postgres: PostgresServer;
const WARN = 40;

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "colloquy-test-"));
  postgres = await startPostgres({ dir, durable: false });
  const databaseUrl = await createDatabase(postgres.url, "colloquy");
  await applyMigrations(databaseUrl);
  colloquy = await startColloquy({ databaseUrl });
  alice = await colloquy.signIn();
});
afterAll(async () => {
  await colloquy.close();
  await postgres.stop();
  await rm(dir, { recursive: true, force: true });
});

test("columns that a migration adds disturb no process that runs already", async () => {
  const bob = await colloquy.signIn();
  const [id = "", ...others] = await Promise.all(Array.from({ length: 5 }, () => bob.createRoom()));
  const talkIn = async (room: string) => expectWholeReply(bob, bob.watchReply((await bob.send(room, "hello")).replyId));
  // In all rooms at once, and often, for the sake of each connection of the worker.
  const talk = async () => {
    for (let times = 0; times < 3; times += 1) await Promise.all([id, ...others].map(talkIn));
  };
  await talk();
  const query = `query ($id: ID!) {
    me { id }
    chatroom(id: $id) { activeReply { id } messages(last: 5) { edges { node { id } } } }
    chatrooms { edges { node { id lastMessagePreview messages(last: 5) { edges { node { id } } } } } }
  }`;
  // So often that each connection has planned each statement for good.
  const ask = () =>
    Promise.all(
      Array.from({ length: 100 }, () =>
        post(bob.url, { query, variables: { id } }, { authorization: `Bearer ${bob.token()}` }),
      ),
    );
  const before = await ask();
  expect(before[0]?.codes).toEqual([]);
  for (const table of ["Chatroom", "Message"]) {
    await colloquy.db.$executeRawUnsafe(
      `ALTER TABLE "${table}" ADD COLUMN "runInBackground" integer NOT NULL DEFAULT 1`,
    );
  }
  const answers = await ask();
  expect(answers.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
  const said = colloquy.workers.map(({ logs }) => logs.length);
  await talk();
  const warnings = colloquy.workers.flatMap(({ logs }, index) =>
    // A busy machine may let the breakers wait for Redis, which is another matter.
    logs.slice(said[index]).filter(({ level, msg }) => Number(level) >= WARN && !String(msg).includes("breakers")),
  );
  expect(warnings).toEqual([]);
});

test("PostgreSQL restarted in mid-reply: the finish is repeated, not lost", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("restart", [{ text: "half " }, { waitFor: gate }, { text: "and half" }], { times: 3 });
  const room = await alice.createRoom();
  // Who has heard of a whole exchange follows the room live, and reads nothing when PostgreSQL goes.
  const messages = alice.watchMessages(room, "0");
  const before = await alice.send(room, "hello");
  await messages.until(({ id }) => id === before.replyId);
  const { replyId, messageId } = await alice.send(room, "restart");
  const watch = alice.watchReply(replyId);
  await messages.until(({ id }) => id === messageId);
  await watch.until(({ text }) => text === "half ");

  await postgres.kill();
  gate.open();
  // The text arrives although there is nowhere to store it yet.
  await watch.until(({ text }) => text === "and half");
  await whenReadySays(alice.url, { status: "unavailable", postgres: "away", redis: "ok" });
  const refused = await alice.ask(SendMessage, { input: { chatroomId: room, content: "now?" } });
  expect(refused.errors[0]?.extensions).toMatchObject({ code: "UNAVAILABLE" });

  const again = await startPostgres({ dir, port: postgres.port, durable: false });
  onTestFinished(async () => void (postgres = again));
  expect(await expectWholeReply(alice, watch)).toMatchObject({
    content: "half and half",
    status: "COMPLETE",
    attempt: 1,
  });
  await messages.until(({ id }) => id === replyId);
  expect(messages.events.map(({ id }) => id)).toEqual([before.messageId, before.replyId, messageId, replyId]);
  expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);
  expect((await alice.request(GetUsage)).me?.usage.used).toBe(2);

  const next = await alice.send(room, "and on");
  await expectWholeReply(alice, alice.watchReply(next.replyId));
});
