import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetUsage } from "../_support/documents.ts";
import { SendQueued } from "../_support/queue-documents.ts";
import { whenBlocked } from "../_support/when-blocked.ts";
import { within } from "../_support/within.ts";

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());

const queue = async (client: TestClient, chatroomId: string, content: string) => {
  const input = { chatroomId, content, whileReplying: "QUEUE" } as const;
  return (await client.request(SendQueued, { input })).sendMessage.message.id;
};

/** Resolves when a message of the room has its whole reply. */
async function whenAnswered(client: TestClient, room: string, messageId: string): Promise<void> {
  const messages = client.watchMessages(room, "0");
  await messages.until(({ id }) => id === messageId);
  const reply = await colloquy.db.message.findFirstOrThrow({ where: { parentId: messageId } });
  await messages.until(({ id, status }) => id === reply.id && status === "COMPLETE");
  messages.stop();
}

/** What was asked in a room, each with the number of its replies, and the number of its requests to the model. */
async function asked(room: string) {
  const messages = await colloquy.db.message.findMany({
    where: { chatroomId: room, role: "USER" },
    include: { children: true },
    orderBy: { depth: "asc" },
  });
  return messages.map(({ content, children }) => [content, children.length]);
}

test("kill -9 between the end of a reply and the take-up: another worker continues the queue within 10 s, once", async () => {
  const client = await colloquy.signIn();
  const gate = createGate();
  colloquy.gemini.onPrompt("the reply before", [{ text: "Yes" }, { waitFor: gate }, { text: "." }]);
  const doomed = await colloquy.startWorker();
  const room = await client.createRoom();
  const { replyId } = await client.send(room, "the reply before");
  await client.watchReply(replyId).until(({ text }) => text !== "");
  const ids = [await queue(client, room, "the first behind"), await queue(client, room, "the second behind")];

  await colloquy.db.$transaction(
    async (tx) => {
      // Nobody can take it up while this lasts.
      await tx.$queryRaw`SELECT 1 AS "locked" FROM "QueuedMessage" WHERE "id" = ${ids[0]}::uuid FOR UPDATE`;
      gate.open();
      await client.watchReply(replyId).completed;
      await whenBlocked(tx);
      await doomed.kill();
    },
    { timeout: 60_000 },
  );
  const other = await colloquy.startWorker();
  await within(10_000, () => whenAnswered(client, room, ids[1]!));
  expect(await asked(room)).toEqual([
    ["the reply before", 1],
    ["the first behind", 1],
    ["the second behind", 1],
  ]);
  const prompts = colloquy.gemini.requests.map(({ prompt }) => prompt);
  expect(prompts.filter((prompt) => prompt.endsWith("behind"))).toEqual(["the first behind", "the second behind"]);
  expect((await client.request(GetUsage)).me?.usage.used).toBe(3);
  await other.stop();
});

test("two workers, one of which is killed and one stopped for a deployment: every queue is answered in order, once", async () => {
  const client = await colloquy.signIn();
  const workers = [await colloquy.startWorker(), await colloquy.startWorker()];
  const gate = createGate();
  const contents = ["one", "two", "three"];
  const rooms = await Promise.all(
    Array.from({ length: 4 }, async (_, at) => {
      const prompt = `begin the queue ${at}`;
      colloquy.gemini.onPrompt(prompt, [{ text: "Yes" }, { waitFor: gate }, { text: "." }]);
      const id = await client.createRoom();
      const { replyId } = await client.send(id, prompt);
      await client.watchReply(replyId).until(({ text }) => text !== "");
      const ids: string[] = [];
      for (const content of contents) ids.push(await queue(client, id, `${content} in ${at}`));
      return { id, prompt, last: ids.at(-1)! };
    }),
  );
  gate.open();
  await workers[0]!.kill();
  const fresh = await colloquy.startWorker();
  await workers[1]!.stop();
  await Promise.all(rooms.map(({ id, last }) => whenAnswered(client, id, last)));
  for (const [at, { id, prompt }] of rooms.entries()) {
    expect(await asked(id)).toEqual(
      [prompt, ...contents.map((content) => `${content} in ${at}`)].map((each) => [each, 1]),
    );
  }
  expect(await colloquy.db.queuedMessage.count()).toBe(0);
  expect((await client.request(GetUsage)).me?.usage.used).toBe(16);
  await fresh.stop();
});
