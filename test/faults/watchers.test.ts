import { fileURLToPath } from "node:url";
import { readFile } from "node:fs/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startGuarded } from "../../tools/local-stack/guarded.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";

let colloquy: Colloquy;
let redis: Redis;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy();
  redis = new Redis(colloquy.redis.url);
  alice = await colloquy.signIn();
});
afterAll(async () => {
  redis.disconnect();
  await colloquy.close();
});

test("a hundred that join one reply mid-stream cost one subscription and one read of the snapshot", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("crowd", [{ text: "so far " }, { waitFor: gate }, { text: "and further" }]);
  const { replyId } = await alice.send(await alice.createRoom(), "crowd");
  const first = alice.watchReply(replyId);
  await first.until(({ text }) => text === "so far ");
  first.stop();
  await whenSubscribers(`reply:live:${replyId}`, 0);

  const reads = await countReads(`reply:{${replyId}}:text`);
  const crowd = Array.from({ length: 100 }, (_, n) => alice.watchReply(replyId, undefined, n % 2 ? "ws" : "sse"));
  await Promise.all(crowd.map((watch) => watch.until(({ text }) => text === "so far ")));
  expect(reads.count(), "a snapshot is read by GET").toBe(1);
  expect(await subscribersOf(`reply:live:${replyId}`)).toBe(1);

  gate.open();
  await Promise.all(crowd.map((watch) => expectWholeReply(alice, watch)));
  await whenSubscribers(`reply:live:${replyId}`, 0);
});

test("a frozen client holds bounded memory, is closed as a slow consumer, and nobody else notices", async () => {
  // Far more, over so many subscriptions, than the sockets' buffers hold.
  const piece = "a long piece of text ".repeat(500);
  const gate = createGate();
  const script = [
    { text: "begin " },
    { waitFor: gate },
    ...Array.from({ length: 60 }, () => [{ text: piece }, { delayMs: 20 }]).flat(),
  ];
  colloquy.gemini.onPrompt("flood", script);
  const { replyId } = await alice.send(await alice.createRoom(), "flood");
  const steady = alice.watchReply(replyId);
  await steady.until(({ text }) => text === "begin ");

  const said: string[] = [];
  const listeners = new Set<() => void>();
  const whenSaid = (line: string) =>
    new Promise<void>((resolve) => {
      const look = () => said.includes(line) && resolve();
      listeners.add(look);
      look();
    });
  const frozen = await startGuarded({
    name: "frozen client",
    command: process.execPath,
    args: [
      "--import",
      "tsx",
      fileURLToPath(new URL("../_support/frozen-client.ts", import.meta.url)),
      alice.url.replace("http", "ws"),
      alice.token(),
      replyId,
      "60",
    ],
    onLine(line) {
      said.push(line);
      for (const look of listeners) look();
    },
  });
  onTestFinished(() => frozen.stop());
  await whenSaid("live");
  frozen.signal("SIGSTOP");
  const before = await memoryOf(colloquy.apis[0]!.pid);
  gate.open();

  const stored = await expectWholeReply(alice, steady);
  expect(stored.content.length).toBeGreaterThan(600_000);
  await colloquy.apis[0]!.whenLogged((line) => line["msg"] === "closed a slow consumer");
  // Conflated: at most what one frame of each subscription holds, not all that was published.
  expect((await memoryOf(colloquy.apis[0]!.pid)) - before).toBeLessThan(150 * 1024 * 1024);
  frozen.signal("SIGCONT");
  await whenSaid("closed 4308");
});

const subscribersOf = async (channel: string) => Number((await redis.pubsub("NUMSUB", channel))[1]);

async function whenSubscribers(channel: string, wanted: number): Promise<void> {
  await expect.poll(() => subscribersOf(channel), { interval: 10 }).toBe(wanted);
}

/** Counts how often the text under a key is read from now on, also by scripts. */
async function countReads(key: string): Promise<{ count(): number }> {
  const monitor = await redis.monitor();
  onTestFinished(() => monitor.disconnect());
  let count = 0;
  monitor.on("monitor", (_time: string, [command, argument]: string[]) => {
    if (command?.toLowerCase() === "get" && argument === key) count += 1;
  });
  return { count: () => count };
}

/** Resident memory of a process, in bytes. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}
