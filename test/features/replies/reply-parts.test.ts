import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate, type Script } from "../../../tools/fakes/gemini/script.ts";
import type { PartsChunk, TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { StopReply } from "../../_support/documents.ts";
import { joinParts, NOTHING_YET, positionOf, type Followed } from "../../_support/join-parts.ts";
import type { Watch } from "../../_support/watch.ts";
import { within } from "../../_support/within.ts";

let colloquy: Colloquy;
/** One person on two API processes. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2 });
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});
afterAll(() => colloquy.close());

/** At each moment. */
const RESUMED = 16;

async function send(prompt: string, ...scripts: readonly Script[]): Promise<string> {
  for (const script of scripts) colloquy.gemini.onPrompt(prompt, script);
  const { replyId } = await here.send(await here.createRoom(), prompt);
  return replyId;
}

/** Resolves when a watcher has that. */
const until = (watch: Watch<PartsChunk>, accept: (followed: Followed) => boolean): Promise<PartsChunk> =>
  watch.until(() => accept(joinParts(watch.events)));

test("a client that comes back at any positions, at any moment, on any process, ends with the same reply", async () => {
  const gates = Array.from({ length: 5 }, createGate);
  const replyId = await send("any positions", [
    { text: "Hm 😀, ", thought: true },
    { waitFor: gates[0]! },
    { text: "well. ", thought: true },
    { text: "né 👩‍🚀 \ud83d" },
    { waitFor: gates[1]! },
    { text: "\ude00. " },
    { part: { executableCode: { language: "PYTHON", code: "print('😀')" } } },
    { waitFor: gates[2]! },
    { part: { codeExecutionResult: { outcome: "OUTCOME_OK", output: "😀\n" } } },
    { text: "And so? 🤔", thought: true },
    { waitFor: gates[3]! },
    { part: { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } } },
    { text: "The end." },
    { waitFor: gates[4]! },
    { finish: "STOP" },
  ]);
  const whole = here.watchParts(replyId);
  const resumed: { start: Followed; watch: Watch<PartsChunk> }[] = [];
  /** From combinations of positions; the steps are such that each comes with many others. */
  function resumeEverywhere(): void {
    const { attempt, text, thought, activities } = joinParts(whole.events);
    for (let turn = 0; turn < RESUMED; turn += 1) {
      const start = {
        attempt,
        text: text.slice(0, (turn * 7) % (text.length + 1)),
        thought: thought.slice(0, (turn * 5) % (thought.length + 1)),
        activities: activities.slice(0, turn % (activities.length + 1)),
      };
      const client = turn % 2 === 0 ? here : there;
      const via = turn % 3 === 0 ? "sse" : "ws";
      resumed.push({ start, watch: client.watchParts(replyId, positionOf(start), via) });
    }
  }

  const moments: ((followed: Followed) => boolean)[] = [
    ({ thought }) => thought.includes("Hm"),
    ({ text, thought }) => text.includes("né") && thought.includes("well"),
    ({ activities }) => activities.some(({ kind }) => kind === "CODE"),
    ({ thought }) => thought.includes("so"),
    ({ text }) => text.includes("The end"),
  ];
  for (const [index, moment] of moments.entries()) {
    await until(whole, moment);
    resumeEverywhere();
    gates[index]!.open();
  }
  await whole.completed;
  const truth = joinParts(whole.events);
  expect(truth).toMatchObject({ attempt: 1, thought: "Hm 😀, well. And so? 🤔" });
  expect(truth.activities.map(({ kind, part }) => [kind, part?.__typename])).toEqual([
    ["THOUGHT", "ThoughtPart"],
    ["CODE", "CodePart"],
    ["CODE_RESULT", "CodeResultPart"],
    ["THOUGHT", "ThoughtPart"],
    ["UNSUPPORTED", "UnsupportedPart"],
  ]);
  expect(truth.activities.map(({ part }) => part)).toMatchObject([
    { text: "Hm 😀, well. ", truncated: false },
    { language: "PYTHON", code: "print('😀')" },
    { outcome: "OUTCOME_OK", output: "😀\n" },
    { text: "And so? 🤔", truncated: false },
    { mimeType: "image/png" },
  ]);
  await Promise.all(resumed.map(({ watch }) => watch.completed));
  for (const { start, watch } of resumed) expect(joinParts(watch.events, start)).toEqual(truth);

  // After the end as well, when Redis has forgotten it, also by who has too much.
  const redis = new Redis(colloquy.redis.url);
  await redis.del(["text", "meta", "thought", "activities"].map((name) => `reply:{${replyId}}:${name}`));
  redis.disconnect();
  const much = { ...truth, text: `${truth.text}?`, thought: `${truth.thought}?`, activities: [...truth.activities] };
  for (const start of [NOTHING_YET, truth, much, { ...truth, text: "né", activities: truth.activities.slice(0, 2) }]) {
    const late = there.watchParts(replyId, positionOf(start));
    expect(await late.completed).toBe(1);
    expect(joinParts(late.events, start)).toEqual(truth);
  }
});

test("who does not ask for thoughts or activities is sent nothing because of them", async () => {
  const [begun, thought, done] = [createGate(), createGate(), createGate()];
  const replyId = await send("asks for neither", [
    { text: "first ", thought: true },
    { waitFor: begun },
    { text: "second ", thought: true },
    { text: "third", thought: true },
    { waitFor: thought },
    { text: "Text." },
    { waitFor: done },
  ]);
  const parts = here.watchParts(replyId);
  await until(parts, (followed) => followed.thought.includes("first"));
  const plain = here.watchReply(replyId);
  await plain.until(() => true);
  const skipping = here.connect().iterate<{ replyStream: unknown }>({
    query: `subscription ($id: ID!, $thoughts: Boolean = false) {
      replyStream(messageId: $id) { text ...T @include(if: $thoughts) code: activities { kind } }
    }
    fragment T on ReplyChunk { thought { text } }`,
    variables: { id: replyId },
  });
  const next = async (): Promise<unknown> => {
    const result = await skipping.next();
    return result.done ? undefined : result.value.data?.replyStream;
  };
  expect(await next()).toEqual({ text: "", code: [] });
  begun.open();
  await until(parts, (followed) => followed.thought.includes("third"));
  thought.open();
  await plain.until(({ text }) => text === "Text.");
  // The end of the thinking is told with the text.
  expect(await next()).toEqual({ text: "Text.", code: [{ kind: "THOUGHT" }] });
  done.open();
  await plain.completed;
  expect(plain.events.map(({ text, status }) => [text, status])).toEqual([
    ["", "STREAMING"],
    ["Text.", "STREAMING"],
    ["", "COMPLETE"],
  ]);
  expect(await skipping.return?.()).toBeDefined();
});

test("kill -9 in mid-think: another worker thinks anew, and every reader ends with its reply", async () => {
  const gate = createGate();
  const replyId = await send(
    "dies thinking",
    [{ text: "never finished 😀", thought: true }, { stall: true }],
    [{ text: "once more", thought: true }, { waitFor: gate }, { text: "Yes." }],
  );
  const watches = [here.watchParts(replyId), there.watchParts(replyId, undefined, "sse")];
  await Promise.all(watches.map((watch) => until(watch, ({ thought }) => thought === "never finished 😀")));
  const plain = there.watchReply(replyId);
  await plain.until(() => true);
  const first = joinParts(watches[0]!.events);
  const doomed = colloquy.workers[0]!;
  await colloquy.startWorker();
  await doomed.kill();
  await within(10_000, () => watches[0]!.until(({ attempt }) => attempt === 2));

  await Promise.all(watches.map((watch) => until(watch, ({ attempt, thought }) => attempt === 2 && thought !== "")));
  // Who comes back with what the first worker thought gets the second one's.
  const late = there.watchParts(replyId, positionOf(first));
  await until(late, ({ thought }) => thought === "once more");
  gate.open();
  await Promise.all([...watches, late, plain].map((watch) => watch.completed));
  const truth = joinParts(watches[0]!.events);
  expect(truth).toMatchObject({ attempt: 2, text: "Yes.", thought: "once more", activities: [{ kind: "THOUGHT" }] });
  expect(joinParts(watches[1]!.events)).toEqual(truth);
  expect(joinParts(late.events, first)).toEqual(truth);
});

test("a stop in mid-think keeps what was thought", async () => {
  const replyId = await send("stopped thinking", [{ text: "so far 😀", thought: true }, { stall: true }]);
  const watch = here.watchParts(replyId);
  await until(watch, ({ thought }) => thought !== "");
  await there.request(StopReply, { messageId: replyId });
  await watch.completed;
  const truth = { attempt: 1, text: "", thought: "so far 😀", activities: [] };
  expect(joinParts(watch.events)).toEqual(truth);
  expect(watch.events.at(-1)).toMatchObject({ status: "STOPPED", thought: null });
  const late = there.watchParts(replyId);
  expect(await late.completed).toBe(1);
  expect(joinParts(late.events)).toEqual(truth);
});
