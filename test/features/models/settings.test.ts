import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SendMessageInput } from "../../../tools/generated/graphql/graphql.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { CreateChatroom, SendMessage } from "../../_support/documents.ts";
import { GetSettings } from "../../_support/model-documents.ts";
import { fileModel, writeModelsFile } from "../../_support/models-file.ts";

const PLAIN = { thinking: null, showThoughts: false, search: false, codeExecution: false, maxReplyTokens: null };
const MODELS_FILE = writeModelsFile([
  fileModel("gemini-3-full", { default: true, maxReplyTokens: 5_000 }),
  fileModel("gemini-3-low", { thinkingLevels: ["LOW", "MEDIUM"], tools: ["SEARCH"], maxReplyTokens: 100 }),
  fileModel("gemini-bare", { thinkingLevels: [], tools: [] }),
  fileModel("gemini-pro", { plans: ["PRO"] }),
  fileModel("gemini-old", { retiresAt: "2025-01-01", replacedBy: "gemini-3-low" }),
]);

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ env: { MODELS_FILE } });
  alice = await colloquy.signIn();
});
afterEach(() => colloquy.gemini.reset());
afterAll(() => colloquy.close());

type Settings = NonNullable<SendMessageInput["settings"]>;

const createIn = (modelId: string | null, settings: Settings | null, client = alice) =>
  client.ask(CreateChatroom, { input: { modelId, settings } });
const open = async (modelId: string | null, settings: Settings | null) => {
  const { createChatroom } = await alice.request(CreateChatroom, { input: { modelId, settings } });
  return createChatroom.id;
};
const sendTo = (chatroomId: string, more: Partial<SendMessageInput> = {}, client = alice) =>
  client.ask(SendMessage, { input: { chatroomId, content: "How?", ...more } });

let asked = 0;

/** What Gemini was asked for a message, and what the API says of it. */
async function ask(room: string, more: Partial<SendMessageInput> = {}) {
  const content = `Question ${(asked += 1)}`;
  const { data, errors } = await sendTo(room, { content, ...more });
  expect(errors).toEqual([]);
  const reply = data!.sendMessage.reply!.id;
  await alice.watchReply(reply).completed;
  const { model, body } = await colloquy.gemini.nextRequest(content);
  const answer = await alice.request(GetSettings, { room, reply });
  return { model, body, chatroom: answer.chatroom, message: answer.message };
}

test("a room that sets nothing asks for nothing", async () => {
  const { model, body, chatroom, message } = await ask(await open(null, null));
  expect(model).toBe("gemini-3-full");
  expect(body).not.toHaveProperty("tools");
  expect(body.generationConfig ?? {}).toEqual({});
  expect(chatroom?.settings).toEqual(PLAIN);
  expect(message).toMatchObject({ model: "gemini-3-full", settings: PLAIN, parent: { settings: null } });
});

test("what a room sets goes to Google, and no sampling does", async () => {
  const settings = {
    thinking: "HIGH",
    showThoughts: true,
    search: true,
    codeExecution: true,
    maxReplyTokens: 4_000,
  } as const;
  const { body, chatroom, message } = await ask(await open("gemini-3-full", settings));
  expect(body.generationConfig).toEqual({
    maxOutputTokens: 4_000,
    thinkingConfig: { thinkingLevel: "HIGH", includeThoughts: true },
  });
  expect(body["tools"]).toEqual([{ googleSearch: {} }, { urlContext: {} }, { codeExecution: {} }]);
  expect(chatroom?.settings).toEqual(settings);
  expect(message?.settings).toEqual(settings);
});

test("a message changes some settings for itself, and null takes one back", async () => {
  const room = await open("gemini-3-full", { thinking: "HIGH", search: true, maxReplyTokens: 50 });
  const changed = await ask(room, { settings: { search: null, maxReplyTokens: null, codeExecution: true } });
  expect(changed.body.generationConfig).toEqual({ thinkingConfig: { thinkingLevel: "HIGH" } });
  expect(changed.body["tools"]).toEqual([{ codeExecution: {} }]);
  expect(changed.message?.settings).toEqual({ ...PLAIN, thinking: "HIGH", codeExecution: true });
  expect(changed.chatroom?.settings).toEqual({ ...PLAIN, thinking: "HIGH", search: true, maxReplyTokens: 50 });
  const after = await ask(room);
  expect(after.body["tools"]).toEqual([{ googleSearch: {} }, { urlContext: {} }]);
});

test("a message names another model, and the next one is the room's again", async () => {
  const room = await open(null, null);
  expect((await ask(room, { modelId: "gemini-3-low", settings: { search: true } })).model).toBe("gemini-3-low");
  expect((await ask(room)).model).toBe("gemini-3-full");
});

test("a model that reads no pages is asked to search only", async () => {
  const { body } = await ask(await open("gemini-3-low", { search: true }));
  expect(body["tools"]).toEqual([{ googleSearch: {} }]);
});

describe("what the model lacks is refused before anything is stored", () => {
  const LACKING: [string, Settings][] = [
    ["thinking", { thinking: "HIGH" }],
    ["codeExecution", { search: true, codeExecution: true }],
    ["maxReplyTokens", { maxReplyTokens: 101 }],
  ];

  test.each(LACKING)("%s of a room", async (name, settings) => {
    const { errors } = await createIn("gemini-3-low", settings);
    expect(errors[0]?.extensions).toMatchObject({ code: "UNSUPPORTED", field: `settings.${name}` });
  });

  test.each(LACKING)("%s of a message", async (name, settings) => {
    const room = await open("gemini-3-low", null);
    const { errors } = await sendTo(room, { settings });
    expect(errors[0]?.extensions).toMatchObject({ code: "UNSUPPORTED", field: `settings.${name}` });
    expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(0);
  });

  test("thoughts and searches of a model that has none", async () => {
    const room = await open("gemini-bare", null);
    for (const name of ["showThoughts", "search", "codeExecution"]) {
      const { errors } = await sendTo(room, { settings: { [name]: true } });
      expect(errors[0]?.extensions).toMatchObject({ code: "UNSUPPORTED", field: `settings.${name}` });
    }
  });

  test("the room's settings, of a model that the message names", async () => {
    const room = await open("gemini-3-full", { search: true });
    const { errors } = await sendTo(room, { modelId: "gemini-bare" });
    expect(errors[0]?.extensions).toMatchObject({ code: "UNSUPPORTED", field: "settings.search" });
    expect((await ask(room, { modelId: "gemini-bare", settings: { search: false } })).model).toBe("gemini-bare");
  });

  test.each([0, -1, 2_147_483_647])("%i tokens", async (maxReplyTokens) => {
    const { errors } = await createIn(null, { maxReplyTokens });
    const code = maxReplyTokens < 1 ? "BAD_USER_INPUT" : "UNSUPPORTED";
    expect(errors[0]?.extensions).toMatchObject({ code, field: "settings.maxReplyTokens" });
  });
});

describe("a message that names a model", () => {
  test.each([
    ["gpt-4", { code: "MODEL_NOT_ALLOWED", field: "modelId" }],
    ["gemini-pro", { code: "MODEL_NOT_ALLOWED", field: "modelId" }],
    ["gemini-old", { code: "MODEL_RETIRED", field: "modelId", replacedBy: "gemini-3-low" }],
    ["no model", { code: "BAD_USER_INPUT", field: "modelId" }],
  ])("%s is refused", async (modelId, refusal) => {
    const { errors } = await sendTo(await open(null, null), { modelId });
    expect(errors[0]?.extensions).toMatchObject(refusal);
  });
});

test("a room whose plan has ended names a model that can be chosen, and is answered by it", async () => {
  const bob = await colloquy.signIn();
  const setPlan = (plan: "PRO" | "BASIC") => colloquy.db.user.update({ where: { id: bob.userId() }, data: { plan } });
  await setPlan("PRO");
  const { data } = await createIn("gemini-pro", null, bob);
  const room = data!.createChatroom.id;
  await setPlan("BASIC");
  const { errors } = await sendTo(room, {}, bob);
  expect(errors[0]?.extensions).toMatchObject({ code: "MODEL_NOT_ALLOWED", field: "modelId" });
  expect((await sendTo(room, { modelId: "gemini-3-low" }, bob)).errors).toEqual([]);
});

test("a room whose model is another by now is asked with what that one has", async () => {
  const settings = { thinking: "HIGH", showThoughts: true, codeExecution: true, maxReplyTokens: 5_000 } as const;
  const room = await open("gemini-3-full", settings);
  await colloquy.db.chatroom.update({ where: { id: room }, data: { model: "gemini-old" } });
  const { model, body, message } = await ask(room);
  expect(model).toBe("gemini-3-low");
  expect(body.generationConfig).toEqual({
    maxOutputTokens: 100,
    thinkingConfig: { thinkingLevel: "MEDIUM", includeThoughts: true },
  });
  expect(body).not.toHaveProperty("tools");
  expect(message?.settings).toMatchObject({ thinking: "MEDIUM", codeExecution: false, maxReplyTokens: 100 });
});

test("settings of another version are read as far as they are known", async () => {
  const room = await open(null, null);
  const settings = { search: true, thinking: "ENORMOUS", mood: "good" };
  await colloquy.db.chatroom.update({ where: { id: room }, data: { settings } });
  expect((await ask(room)).message?.settings).toEqual({ ...PLAIN, search: true });
});
