import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { joinChunks, type TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { GetMessage, GetUsage, StopReply } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let alice: TestClient;
/** The same person on another API process. */
let elsewhere: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2 });
  alice = await colloquy.signIn();
  elsewhere = colloquy.elsewhere(alice);
});
afterAll(() => colloquy.close());

const stored = async (id: string) => (await alice.request(GetMessage, { id })).message!;

test("stopping during generation, from another process, aborts the model and keeps what was seen", async () => {
  colloquy.gemini.onPrompt("stop me", [{ text: "One, " }, { text: "two, " }, { stall: true }]);
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, "stop me");
  const watch = alice.watchReply(replyId);
  await watch.until(() => joinChunks(watch.events).text === "One, two, ");
  const request = await colloquy.gemini.nextRequest("stop me");

  const { stopReply } = await elsewhere.request(StopReply, { messageId: replyId });
  expect(stopReply).toMatchObject({ status: "STOPPED", content: "One, two, " });
  expect(await stored(replyId), "saved before the answer").toMatchObject({ status: "STOPPED", content: "One, two, " });
  await colloquy.gemini.whenAborted(request);

  await watch.completed;
  expect(watch.events.at(-1)).toMatchObject({ status: "STOPPED", message: { content: "One, two, " } });
  expect(joinChunks(watch.events).text).toBe("One, two, ");
});

test("two stops at once are one, and a third later changes nothing", async () => {
  colloquy.gemini.onPrompt("stop me twice", [{ text: "Some" }, { stall: true }]);
  const room = await alice.createRoom();
  const { messageId, replyId } = await alice.send(room, "stop me twice");
  const watch = alice.watchReply(replyId);
  await watch.until((chunk) => chunk.text === "Some");
  const answers = await Promise.all(
    [alice, elsewhere].map((client) => client.request(StopReply, { messageId: replyId })),
  );
  answers.push(await alice.request(StopReply, { messageId: replyId }));
  for (const { stopReply } of answers)
    expect(stopReply).toMatchObject({ status: "STOPPED", content: "Some", attempt: 1 });

  const messages = alice.watchMessages(room, messageId);
  await messages.until((message) => message.id === replyId);
  const { replyId: next } = await alice.send(room, "and the next");
  await messages.until((message) => message.id === next);
  expect(messages.events.filter(({ id }) => id === replyId)).toHaveLength(1);
});

test("a reply that no worker has taken up is stopped before it begins, and costs the model nothing", async () => {
  const alone = await startColloquy({ workers: 0 });
  onTestFinished(() => alone.close());
  const client = await alone.signIn();
  const room = await client.createRoom();
  const { replyId } = await client.send(room, "never asked");
  const watch = client.watchReply(replyId);
  expect(await watch.until(() => true)).toMatchObject({ status: "PENDING", attempt: 0 });
  const { stopReply } = await client.request(StopReply, { messageId: replyId });
  expect(stopReply).toMatchObject({ status: "STOPPED", content: "", attempt: 0 });
  await watch.completed;

  await alone.startWorker();
  const { replyId: second } = await client.send(room, "asked");
  await client.watchReply(second).completed;
  expect(alone.gemini.requests.map(({ prompt }) => prompt)).toEqual(["asked"]);
});

test("a reply that has ended is not stopped any more", async () => {
  const room = await alice.createRoom();
  const { messageId, replyId } = await alice.send(room, "too late");
  await alice.watchReply(replyId).completed;
  const before = await stored(replyId);
  const { stopReply } = await elsewhere.request(StopReply, { messageId: replyId });
  expect(stopReply).toMatchObject({ status: "COMPLETE", content: before.content });
  const refused = await alice.ask(StopReply, { messageId });
  expect(refused.errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "messageId" });
});

test("a stranger cannot stop a reply; the owner is charged for a stopped one", async () => {
  colloquy.gemini.onPrompt("mine to stop", [{ text: "Hm" }, { stall: true }]);
  const [bob, stranger] = await Promise.all([colloquy.signIn(), colloquy.signIn()]);
  const { replyId } = await bob.send(await bob.createRoom(), "mine to stop");
  await bob.watchReply(replyId).until((chunk) => chunk.text === "Hm");
  expect((await stranger.ask(StopReply, { messageId: replyId })).errors[0]?.extensions["code"]).toBe("NOT_FOUND");
  await bob.request(StopReply, { messageId: replyId });
  expect((await bob.request(GetUsage)).me?.usage.used).toBe(1);
});

test("the worker goes on at once with other replies", async () => {
  colloquy.gemini.onPrompt("stalled", [{ stall: true }]);
  const { replyId } = await alice.send(await alice.createRoom(), "stalled");
  await colloquy.gemini.nextRequest("stalled");
  await alice.request(StopReply, { messageId: replyId });
  const said = await colloquy.workers[0]!.whenLogged((line) => line["replyId"] === replyId && line["msg"] === "reply");
  expect(said).toMatchObject({ job: "superseded" });
});
