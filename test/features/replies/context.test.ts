import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Script } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { RetryReply, StopReply } from "../../_support/documents.ts";
import { expectWholeReply } from "../../_support/expect-reply.ts";

let colloquy: Colloquy;
let alice: TestClient;
let room: string;

beforeAll(async () => {
  colloquy = await shareColloquy();
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

const OK: Script = [{ text: "ok" }];

/** Sends into the present room, and waits for the reply's end. */
async function say(prompt: string, ...answers: Script[]) {
  for (const answer of answers.length > 0 ? answers : [OK]) colloquy.gemini.onPrompt(prompt, answer);
  const { replyId } = await alice.send(room, prompt);
  return { replyId, message: await expectWholeReply(alice, alice.watchReply(replyId)) };
}

const open = async () => void (room = await alice.createRoom());

/** The turns of each request for this prompt, by their first letters. */
const turnsFor = (prompt: string) =>
  colloquy.gemini.requests
    .filter((request) => request.prompt === prompt)
    .map(({ body }) => body.contents!.map(({ parts }) => parts?.[0]?.text?.slice(0, 12)));

describe("a turn whose reply", () => {
  test.each<[string, Script]>([
    ["was blocked", [{ blockPrompt: "PROHIBITED_CONTENT" }]],
    ["was withheld in the middle", [{ text: "Well, " }, { finish: "SAFETY" }]],
    ["failed", [{ status: 400 }]],
    ["was empty", [{ finish: "OTHER" }]],
  ])("%s is left out with it, but not when it is answered again", async (name, answer) => {
    await open();
    await say("first");
    const bad = `bad: ${name}`;
    const { replyId } = await say(bad, answer, answer);
    await alice.request(RetryReply, { messageId: replyId });
    await alice.watchReply(replyId).completed;
    const { message } = await say("and now?");
    expect(message.status).toBe("COMPLETE");
    await say("once more");
    expect(turnsFor(bad)).toEqual([
      ["first", "ok", bad.slice(0, 12)],
      ["first", "ok", bad.slice(0, 12)],
    ]);
    expect(turnsFor("and now?")).toEqual([["first", "ok", "and now?"]]);
    expect(turnsFor("once more")).toEqual([["first", "ok", "and now?", "ok", "once more"]]);
  });

  test("was stopped stays, with what there is of it", async () => {
    await open();
    colloquy.gemini.onPrompt("a long one", [{ text: "So far" }, { stall: true }]);
    const { replyId } = await alice.send(room, "a long one");
    await alice.watchReply(replyId).until(({ text }) => text !== "");
    await alice.request(StopReply, { messageId: replyId });
    await say("and?");
    expect(turnsFor("and?")).toEqual([["a long one", "So far", "and?"]]);
  });
});

describe("the budget", () => {
  test.each([
    ["漢", 12_000, 3],
    ["か", 12_000, 3],
    ["한", 12_000, 3],
    ["ж", 24_000, 3],
    ["🌊", 6_000, 3],
    ["x", 31_000, 5],
  ])("takes as much of %s as a model of it would count", async (sign, count, turns) => {
    await open();
    // The fake counts every script alike.
    const uncounted: Script = [
      { text: "ok", usage: { promptTokenCount: null } },
      { finish: "STOP", usage: { promptTokenCount: null } },
    ];
    for (const name of ["one", "two", "three"]) await say(`${name} ${sign.repeat(count)}`, uncounted);
    const [last] = turnsFor(`three ${sign.repeat(count)}`);
    expect(last).toHaveLength(turns);
    expect(last?.at(-1)).toMatch(/^three/);
  });
});

describe("a conversation that the model finds too long", () => {
  const TOO_LONG: Script = [
    { status: 400, message: "The input token count (1192301) exceeds the maximum number of tokens allowed (1048576)." },
  ];
  const talk = async (turns: number) => {
    await open();
    for (let turn = 1; turn <= turns; turn += 1) await say(`turn ${turn}`);
  };

  test("is asked for with fewer turns, within the same attempt", async () => {
    await talk(8);
    const { message } = await say("too much?", TOO_LONG, TOO_LONG, OK);
    expect(message).toMatchObject({ status: "COMPLETE", content: "ok", attempt: 1, error: null });
    const [all = [], half = [], quarter = []] = turnsFor("too much?");
    expect(all).toHaveLength(17);
    expect(half.length).toBeLessThan(12);
    expect(quarter.length).toBeLessThan(half.length);
    expect(quarter.at(-1)).toBe("too much?");
    expect(quarter[0]).toMatch(/^t/);
  });

  test("comes down to its last turn, and fails if that is too long by itself: the room is free", async () => {
    await talk(8);
    const { message } = await say("far too much", ...Array.from({ length: 9 }, () => TOO_LONG));
    expect(message).toMatchObject({
      status: "FAILED",
      attempt: 1,
      error: { code: "MODEL_TOO_LONG", retryable: false },
    });
    const asked = turnsFor("far too much");
    expect(asked).toHaveLength(4);
    expect(asked.at(-1)).toEqual(["far too much"]);
    colloquy.gemini.reset();
    expect((await say("a short one")).message.status).toBe("COMPLETE");
  });

  test("of one turn is asked for once", async () => {
    await open();
    const { message } = await say("all in one", TOO_LONG, TOO_LONG);
    expect(message).toMatchObject({ status: "FAILED", attempt: 1, error: { code: "MODEL_TOO_LONG" } });
    expect(turnsFor("all in one")).toHaveLength(1);
  });
});
