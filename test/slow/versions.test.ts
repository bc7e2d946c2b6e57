import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeReply } from "../../tools/fakes/gemini/answers.ts";
import type { AddedMessage, TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { buildCommit, findPrevious } from "../_support/previous-build.ts";
import { startTestProcess, type TestProcess } from "../_support/processes.ts";
import type { Watch } from "../_support/watch.ts";

const found = await findPrevious();
const missing = "missing" in found ? ` (${found.missing})` : "";
const BUILD_LIMIT_MS = 300_000;
const SETTINGS = { SHUTDOWN_GRACE: "1s" };

/** A worker is not quicker than the next one starts. */
const LONG = "[[fake: chunks=250 size=20 delay=40]]";

describe.skipIf(missing !== "")(`this build beside the one before it, on one PostgreSQL and Redis${missing}`, () => {
  let colloquy: Colloquy;
  let before: Awaited<ReturnType<typeof buildCommit>>;
  let apis: Readonly<Record<Build, TestProcess>>;
  let clients: Readonly<Record<Build, TestClient>>;
  let room: string;
  let userId: string;
  /** All that each API has told of the room, from its beginning. */
  let watches: readonly Watch<AddedMessage>[];
  const processes: TestProcess[] = [];
  const sent: string[] = [];

  type Build = "old" | "new";

  async function start(entry: "src/main.js" | "worker/main.js", build: Build): Promise<TestProcess> {
    const env = { ...colloquy.env, ...SETTINGS };
    if (build === "new") return entry === "src/main.js" ? colloquy.startApi(SETTINGS) : colloquy.startWorker(SETTINGS);
    const started = await startTestProcess(entry, before.dir, env);
    processes.push(started);
    return started;
  }

  beforeAll(async () => {
    if ("missing" in found) return;
    // The database has the migrations of this build: they run first.
    [before, colloquy] = await Promise.all([buildCommit(found.commit), startColloquy({ apis: 0, workers: 0 })]);
    const [oldApi, newApi] = await Promise.all([start("src/main.js", "old"), start("src/main.js", "new")]);
    apis = { old: oldApi, new: newApi };
    const first = await colloquy.signIn(oldApi);
    clients = { old: first, new: colloquy.elsewhere(first, newApi) };
    userId = first.userId();
    room = await first.createRoom();
    watches = Object.values(clients).map((client) => client.watchMessages(room, "0"));
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await colloquy?.close();
    await before?.remove();
  });

  /** Sends over one API; readers on both get the same, whole reply. */
  async function exchange(via: Build, prompt: string, during?: () => Promise<void>): Promise<void> {
    const { messageId, replyId } = await clients[via].send(room, prompt);
    sent.push(messageId, replyId);
    const readers = Object.values(clients).map((client) => ({ client, watch: client.watchReply(replyId) }));
    if (during) {
      await Promise.all(readers.map(({ watch }) => watch.until(({ offset, text }) => offset + text.length > 100)));
      await during();
    }
    for (const { client, watch } of readers)
      expect(await expectWholeReply(client, watch)).toMatchObject({ status: "COMPLETE" });
    await Promise.all(watches.map((watch) => watch.until(({ id }) => id === replyId)));
  }

  const countComplete = () => colloquy.db.message.count({ where: { id: { in: sent }, status: "COMPLETE" } });

  const BUILDS: readonly Build[] = ["old", "new"];

  test("messages go over either API while workers of either build write the replies", async () => {
    const workers = await Promise.all(BUILDS.map((build) => start("worker/main.js", build)));
    for (let round = 1; round <= 3; round += 1) for (const via of BUILDS) await exchange(via, `${round} over ${via}`);
    for (const [at, build] of BUILDS.entries()) {
      await workers[at]!.stop();
      for (const via of BUILDS) await exchange(via, `over ${via}, without the ${build} worker`);
      workers[at] = await start("worker/main.js", build);
    }
    expect(await countComplete()).toBe(sent.length);
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  test.each<[Build, Build]>([
    ["old", "new"],
    ["new", "old"],
  ])("a reply of the %s worker goes to the %s one in mid-sentence", async (from, to) => {
    const first = await start("worker/main.js", from);
    let second: TestProcess | undefined;
    for (const via of BUILDS) {
      const writer = second ?? first;
      const prompt = `${LONG} from ${second ? to : from} over ${via}`;
      await exchange(via, prompt, async () => {
        second = await start("worker/main.js", second ? from : to);
        await writer.stop();
      });
      const reply = await colloquy.db.message.findUniqueOrThrow({ where: { id: sent.at(-1)! } });
      expect(reply).toMatchObject({ attempt: 2, tries: 0, content: fakeReply({ prompt }) });
    }
    await second?.stop();
  });

  test("an API of either build goes and comes back", async () => {
    const worker = await start("worker/main.js", "new");
    for (const build of BUILDS) {
      const other = build === "old" ? "new" : "old";
      await apis[build].stop();
      const { messageId, replyId } = await clients[other].send(room, `without the ${build} API`);
      sent.push(messageId, replyId);
      await expectWholeReply(clients[other], clients[other].watchReply(replyId));
      apis = { ...apis, [build]: await start("src/main.js", build) };
      clients = { ...clients, [build]: colloquy.elsewhere(clients[other], apis[build]) };
      watches = Object.values(clients).map((client) => client.watchMessages(room, "0"));
      await exchange(build, `over the ${build} API again`);
    }
    expect(await countComplete()).toBe(sent.length);
    await worker.stop();
  });

  test("nothing is lost, and nothing is there twice", async () => {
    for (const watch of watches) {
      await watch.until(({ id }) => id === sent.at(-1));
      expect(watch.events.map(({ id }) => id)).toEqual(sent);
    }
    const messages = await colloquy.db.message.findMany({ where: { chatroomId: room }, orderBy: { seq: "asc" } });
    expect(messages.map(({ id }) => id)).toEqual(sent);
    expect(messages.every(({ status }) => status === "COMPLETE")).toBe(true);
    const usage = await colloquy.db.usage.findMany({ where: { userId } });
    expect(usage.reduce((sum, { messages: count }) => sum + count, 0)).toBe(sent.length / 2);
  });
});
