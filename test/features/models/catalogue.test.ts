import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { CreateChatroom } from "../../_support/documents.ts";
import { GetModels, GetRoomModel } from "../../_support/model-documents.ts";
import { fileModel, writeModelsFile } from "../../_support/models-file.ts";

const DAY_MS = 86_400_000;
const LAST_YEAR = "2025-11-01";
const TOMORROW = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
const MODELS_FILE = writeModelsFile([
  fileModel("gemini-light", {
    default: true,
    order: 2,
    description: "Quick.",
    thinkingLevels: ["LOW"],
    tools: ["SEARCH"],
  }),
  fileModel("gemini-strong", { order: 1, plans: ["PRO"], label: "The strong one" }),
  fileModel("gemini-retiring", { order: 3, retiresAt: TOMORROW, replacedBy: "gemini-light" }),
  fileModel("gemini-retired", { order: 4, retiresAt: LAST_YEAR, replacedBy: "gemini-long-retired" }),
  fileModel("gemini-long-retired", { order: 5, retiresAt: LAST_YEAR, replacedBy: "gemini-retiring" }),
  fileModel("gemini-without-successor", { order: 6, retiresAt: LAST_YEAR }),
]);

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ env: { MODELS_FILE } });
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

const refusalOf = async (modelId: string, client = alice) =>
  (await client.ask(CreateChatroom, { input: { modelId } })).errors[0]?.extensions;

async function becomePro(client: TestClient) {
  await colloquy.db.user.update({ where: { id: client.userId() }, data: { plan: "PRO" } });
}

test("the models are those of the file that have not retired, in its order, each with the plans that cover it", async () => {
  const { models } = await alice.request(GetModels);
  expect(models.map(({ id, plans, isDefault }) => [id, plans, isDefault])).toEqual([
    ["gemini-strong", ["PRO"], false],
    ["gemini-light", ["BASIC", "PRO"], true],
    ["gemini-retiring", ["BASIC", "PRO"], false],
  ]);
  expect(models[0]).toMatchObject({ label: "The strong one", description: null, retiresAt: null, replacedBy: null });
  expect(models[1]).toMatchObject({ description: "Quick.", thinkingLevels: ["LOW"], tools: ["SEARCH"] });
  expect(models[2]).toMatchObject({ retiresAt: TOMORROW, replacedBy: { id: "gemini-light" } });
  expect(models[2]).toMatchObject({ contextTokens: 1_000_000, maxReplyTokens: 60_000 });
});

test("who is not signed in is shown none", async () => {
  const { errors } = await colloquy.client().ask(GetModels);
  expect(errors[0]?.extensions).toMatchObject({ code: "UNAUTHENTICATED" });
});

test("a model of another plan is refused, and is not once the plan is another", async () => {
  const bob = await colloquy.signIn();
  expect(await refusalOf("gemini-strong", bob)).toMatchObject({ code: "MODEL_NOT_ALLOWED", field: "modelId" });
  await becomePro(bob);
  expect(await refusalOf("gemini-strong", bob)).toBeUndefined();
});

test("a retired model is refused, with the one to choose instead", async () => {
  expect(await refusalOf("gemini-retired")).toMatchObject({
    code: "MODEL_RETIRED",
    field: "modelId",
    replacedBy: "gemini-retiring",
  });
  expect(await refusalOf("gemini-without-successor")).toMatchObject({ code: "MODEL_RETIRED", replacedBy: null });
  expect(await refusalOf("gemini-retiring")).toBeUndefined();
});

test.each([
  ["gemini-retired", "gemini-retiring"],
  ["gemini-without-successor", "gemini-light"],
  ["unknown", "gemini-light"],
])("a room with the model %s is answered by %s", async (chosen, answering) => {
  const id = await alice.createRoom();
  await colloquy.db.chatroom.update({ where: { id }, data: { model: chosen } });
  const { chatroom } = await alice.request(GetRoomModel, { id });
  expect(chatroom).toMatchObject({ modelId: chosen, model: { id: answering } });

  const prompt = `by ${chosen}`;
  const { replyId } = await alice.send(id, prompt);
  await alice.watchReply(replyId).completed;
  expect(await colloquy.db.message.findUnique({ where: { id: replyId } })).toMatchObject({ model: answering });
  expect((await colloquy.gemini.nextRequest(prompt)).model).toBe(answering);
});

test("a process with a wrong catalogue does not start, and says all that is wrong", async () => {
  const wrong = writeModelsFile([fileModel("a", { plans: [] }), fileModel("b", { label: "" })]);
  const start = colloquy.startApi({ MODELS_FILE: wrong });
  await expect(start).rejects.toThrow(/a: plans: must name a plan[^]*b: label: /);
});
