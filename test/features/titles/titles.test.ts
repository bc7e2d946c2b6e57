import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGate, type Script } from "../../../tools/fakes/gemini/script.ts";
import type { RequestRecord } from "../../../tools/fakes/gemini/record.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { CreateChatroom, RetryReply } from "../../_support/documents.ts";
import { watchRooms } from "../../_support/watch-rooms.ts";
import { expectWholeReply } from "../../_support/expect-reply.ts";
import { fileModel, writeModelsFile } from "../../_support/models-file.ts";
import { DeleteChatroom, FilterChatrooms, GetRoomState, UpdateChatroom } from "../../_support/room-documents.ts";

const prices = (prompt: number) => [{ prompt, cached: 1_000, reply: prompt * 4 }];
const MODELS_FILE = writeModelsFile([
  fileModel("gemini-3-usual", { default: true, prices: prices(300_000) }),
  fileModel("gemini-3-small", { prices: prices(100_000), thinkingLevels: ["LOW", "HIGH"] }),
  fileModel("gemini-3-smaller-pro", { prices: prices(50_000), plans: ["PRO"] }),
  fileModel("gemini-3-smallest-gone", {
    prices: prices(10_000),
    retiresAt: "2026-01-01",
    replacedBy: "gemini-3-usual",
  }),
]);
const SMALL = "gemini-3-small";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({
    workers: 2,
    env: { MODELS_FILE, GENERATED_TITLES: "true" },
  });
});
afterAll(() => colloquy.close());
beforeEach(async () => void (alice = await colloquy.signIn()));
afterEach(() => colloquy.gemini.reset());

const onTitle = (matcher: string, script: Script, times = 1) =>
  colloquy.gemini.onPrompt(matcher, script, { times, purpose: "TITLE" });

const titleRequests = (part: string): RequestRecord[] =>
  colloquy.gemini.requests.filter(({ purpose, prompt }) => purpose === "TITLE" && prompt.includes(part));

/** Opens a room without a title, and sends into it. */
async function begin(content: string) {
  const room = (await alice.request(CreateChatroom, { input: {} })).createChatroom.id;
  return { room, ...(await alice.send(room, content)) };
}

async function titleOf(id: string) {
  const { chatroom } = await alice.request(GetRoomState, { id });
  return [chatroom!.title, chatroom!.titleSource];
}

const expectTitle = (room: string, title: string, source = "GENERATED") =>
  expect.poll(() => titleOf(room), { timeout: 15_000 }).toEqual([title, source]);

/** Resolves when no title of the room is looked for any more. */
const settled = (room: string) =>
  expect
    .poll(async () => (await colloquy.db.chatroom.findUniqueOrThrow({ where: { id: room } })).titleDueAt, {
      timeout: 15_000,
    })
    .toBeNull();

const whole = (replyId: string) => expectWholeReply(alice, alice.watchReply(replyId));

describe("a first message", () => {
  test("gives its words at once, and a title while the reply is still being written", async () => {
    const gate = createGate();
    colloquy.gemini.onPrompt("bake bread", [{ text: "First" }, { waitFor: gate }]);
    const titled = createGate();
    onTitle("bake bread", [{ waitFor: titled }, { text: "“Bread without\u202e yeast.”\n" }]);
    const watch = watchRooms(alice);
    const { room, messageId, replyId } = await begin("  How do I\nbake bread without yeast? ".repeat(4));
    expect(await titleOf(room)).toEqual(["How do I bake bread without yeast? How do I bake bread…", "FALLBACK"]);
    titled.open();
    await watch.until((event) => event.__typename === "RoomChanged" && event.chatroom?.title === "Bread without yeast");
    expect(await titleOf(room)).toEqual(["Bread without yeast", "GENERATED"]);
    const { chatrooms } = await alice.request(FilterChatrooms, {});
    expect(chatrooms.edges.map(({ node }) => node.title)).toEqual(["Bread without yeast"]);
    gate.open();
    expect((await whole(replyId)).status).toBe("COMPLETE");

    const [request, ...others] = titleRequests("bake bread");
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      model: SMALL,
      body: { generationConfig: { maxOutputTokens: 32, thinkingConfig: { thinkingLevel: "LOW" } } },
    });
    const calls = await colloquy.db.providerCall.findMany({ where: { messageId } });
    expect(calls).toMatchObject([
      { purpose: "TITLE", userId: alice.userId(), model: SMALL, outcome: "COMPLETE", attempt: null },
    ]);
    expect(calls[0]!.cost).toBeGreaterThan(0n);
  });

  test("costs its user nothing but the reply", async () => {
    onTitle("Hello", [{ text: "A greeting" }]);
    const { room, replyId } = await begin("Hello");
    await expectTitle(room, "A greeting");
    const { promptTokens } = await whole(replyId);
    const days = await colloquy.db.usage.findMany({ where: { userId: alice.userId() } });
    expect(days).toMatchObject([{ messages: 1, promptTokens }]);
    const replies = await colloquy.db.providerCall.findMany({ where: { userId: alice.userId(), purpose: "REPLY" } });
    expect(days[0]!.cost).toBe(replies[0]!.cost);
  });

  test("gives a title that the fake makes of it, and the second message no other", async () => {
    const { room, replyId } = await begin("Tell me a story of the sea [[fake: chunks=2]]");
    await expectTitle(room, "Story sea");
    await whole(replyId);
    await whole((await alice.send(room, "And of the mountains")).replyId);
    await settled(room);
    expect(await titleOf(room)).toEqual(["Story sea", "GENERATED"]);
    expect(colloquy.gemini.requests.filter(({ purpose }) => purpose === "TITLE")).toHaveLength(1);
  });
});

describe("a title of a person", () => {
  test("is never replaced, whenever it comes", async () => {
    const gate = createGate();
    onTitle("late", [{ waitFor: gate }, { text: "A model's" }]);
    const { room, replyId } = await begin("too late");
    const request = await colloquy.gemini.nextRequest("late", "TITLE");
    await alice.request(UpdateChatroom, { input: { id: room, title: "Mine" } });
    gate.open();
    await colloquy.gemini.whenFinished(request);
    await whole(replyId);
    await whole((await alice.send(room, "go on")).replyId);
    expect(await titleOf(room)).toEqual(["Mine", "PERSON"]);

    const named = await alice.createRoom("Named");
    await whole((await alice.send(named, "a message")).replyId);
    expect(await titleOf(named)).toEqual(["Named", "PERSON"]);
    expect(titleRequests("a message")).toEqual([]);
  });

  test("that is taken away makes room for one of the server", async () => {
    const room = await alice.createRoom("Named");
    await alice.request(UpdateChatroom, { input: { id: room, title: null } });
    expect(await titleOf(room)).toEqual(["New chat", "FALLBACK"]);
    await alice.request(UpdateChatroom, { input: { id: room, title: "Named again" } });
    await whole((await alice.send(room, "about cats")).replyId);
    onTitle("about cats", [{ text: "Cats" }]);
    const { updateChatroom } = await alice.request(UpdateChatroom, { input: { id: room, title: null } });
    expect(updateChatroom.chatroom).toMatchObject({ title: "about cats", titleSource: "FALLBACK" });
    await expectTitle(room, "Cats");
  });
});

describe("the first words stay", () => {
  test.each<[string, Script]>([
    ["the tokens were thought away", [{ finish: "MAX_TOKENS", withoutParts: true }]],
    ["the title was cut", [{ text: "A very long" }, { finish: "MAX_TOKENS" }]],
    ["there is no text in it", [{ text: '""' }]],
    ["the title is withheld", [{ text: "Bad" }, { finish: "SAFETY" }]],
    ["the request is refused", [{ status: 400 }]],
  ])("where %s, and nobody asks again", async (name, script) => {
    onTitle(name, script, 5);
    const { room, replyId } = await begin(name);
    await settled(room);
    await whole(replyId);
    expect(await titleOf(room)).toEqual([name, "FALLBACK"]);
    expect(titleRequests(name)).toHaveLength(1);
  });

  test("where the model is broken, after three tries", async () => {
    onTitle("broken", [{ status: 503 }], 10);
    const { room } = await begin("a broken model");
    await settled(room);
    expect(await titleOf(room)).toEqual(["a broken model", "FALLBACK"]);
    expect(titleRequests("broken")).toHaveLength(3);
  });

  test("until a pause of the model is over, which is no try", async () => {
    await colloquy.db.modelPause.create({ data: { model: SMALL, until: new Date(Date.now() + 2_000) } });
    const { room, replyId } = await begin("a pause");
    await whole(replyId);
    expect(titleRequests("a pause")).toEqual([]);
    await expectTitle(room, "Pause");
    await colloquy.db.modelPause.deleteMany();
    const { titleTries } = await colloquy.db.chatroom.findUniqueOrThrow({ where: { id: room } });
    expect(titleTries).toBe(1);
  });
});

describe("a blocked message", () => {
  const BLOCK: Script = [{ blockPrompt: "PROHIBITED_CONTENT" }];

  test("gives no title: one that came first is taken back, and the next message gives one", async () => {
    const gate = createGate();
    colloquy.gemini.onPrompt("forbidden", [{ waitFor: gate }, ...BLOCK]);
    onTitle("forbidden", [{ text: "A forbidden thing" }]);
    const { room, replyId } = await begin("forbidden");
    await expectTitle(room, "A forbidden thing");
    gate.open();
    expect((await whole(replyId)).status).toBe("BLOCKED");
    expect(await titleOf(room)).toEqual(["forbidden", "FALLBACK"]);
    onTitle("harmless", [{ text: "A harmless thing" }]);
    await whole((await alice.send(room, "harmless")).replyId);
    await expectTitle(room, "A harmless thing");
  });

  test("gives none that comes later either, until it is answered after all", async () => {
    const [asked, gate] = [createGate(), createGate()];
    colloquy.gemini.onPrompt("doubtful", [{ waitFor: asked }, ...BLOCK]);
    onTitle("doubtful", [{ waitFor: gate }, { text: "Too late" }]);
    const { room, replyId } = await begin("doubtful");
    const request = await colloquy.gemini.nextRequest("doubtful", "TITLE");
    asked.open();
    expect((await whole(replyId)).status).toBe("BLOCKED");
    gate.open();
    await colloquy.gemini.whenFinished(request);
    onTitle("doubtful", [{ text: "All is well" }]);
    await alice.request(RetryReply, { messageId: replyId });
    await expectTitle(room, "All is well");
  });
});

describe("a worker that is killed", () => {
  test("leaves the search to another one, and its own title comes too late", async () => {
    onTitle("a dying worker", [{ stall: true }]);
    onTitle("a dying worker", [{ text: "Found" }]);
    const { room } = await begin("a dying worker");
    await colloquy.gemini.nextRequest("a dying worker", "TITLE");
    // As it is when the lease has ended and its worker has not.
    await colloquy.db.chatroom.update({ where: { id: room }, data: { titleDueAt: new Date(0) } });
    await Promise.all(colloquy.workers.map((worker) => worker.kill()));
    await Promise.all([colloquy.startWorker(), colloquy.startWorker()]);
    await expect.poll(() => titleOf(room), { timeout: 90_000 }).toEqual(["Found", "GENERATED"]);
    expect(titleRequests("a dying worker")).toHaveLength(2);
  }, 120_000);
});

test("a deleted room gets none", async () => {
  const gate = createGate();
  onTitle("deleted", [{ waitFor: gate }, { text: "Gone" }]);
  const { room } = await begin("deleted");
  const request = await colloquy.gemini.nextRequest("deleted", "TITLE");
  await alice.request(DeleteChatroom, { id: room });
  gate.open();
  await colloquy.gemini.whenFinished(request);
  const { title } = await colloquy.db.chatroom.findUniqueOrThrow({ where: { id: room } });
  expect(title).toBe("deleted");
});

test("without generated titles the first words stay, and no model is asked", async () => {
  const api = await colloquy.startApi({ GENERATED_TITLES: "false" });
  alice = await colloquy.signIn(api);
  const { room, replyId } = await begin("no title, please");
  await whole(replyId);
  expect(await titleOf(room)).toEqual(["no title, please", "FALLBACK"]);
  expect(titleRequests("no title")).toEqual([]);
});
