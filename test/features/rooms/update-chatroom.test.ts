import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ChatroomFilter, UpdateChatroomInput } from "../../../tools/generated/graphql/graphql.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { CreateChatroom } from "../../_support/documents.ts";
import { fileModel, writeModelsFile } from "../../_support/models-file.ts";
import { FilterChatrooms, GetRoomState, UpdateChatroom } from "../../_support/room-documents.ts";

const PLAIN = { thinking: null, showThoughts: false, search: false, codeExecution: false, maxReplyTokens: null };
const MODELS_FILE = writeModelsFile([
  fileModel("gemini-full", { default: true, maxReplyTokens: 5_000 }),
  fileModel("gemini-bare", { thinkingLevels: [], tools: [] }),
  fileModel("gemini-pro", { plans: ["PRO"] }),
  fileModel("gemini-old", { retiresAt: "2025-01-01", replacedBy: "gemini-full" }),
]);

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2, workers: 0, env: { MODELS_FILE } });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

const open = async (input: object) => (await here.request(CreateChatroom, { input })).createChatroom.id;

/** Changes a room on one API. @returns what it says, which the other API says as well */
async function update(input: UpdateChatroomInput) {
  const { updateChatroom } = await here.request(UpdateChatroom, { input });
  const { chatroom } = await there.request(GetRoomState, { id: input.id });
  expect(chatroom).toEqual(updateChatroom.chatroom);
  return updateChatroom.chatroom;
}

const refusalOf = async (input: UpdateChatroomInput) =>
  (await here.ask(UpdateChatroom, { input })).errors[0]?.extensions;

/** The titles of a list, as both APIs have it. */
async function titles(filter?: ChatroomFilter): Promise<string[]> {
  const [one, two] = await Promise.all(
    [there, here].map((client) => client.request(FilterChatrooms, { ...(filter && { filter }) })),
  );
  expect(one).toEqual(two);
  return one!.chatrooms.edges.map(({ node }) => node.title);
}

describe("an update", () => {
  test("changes what is given, and leaves the rest", async () => {
    const id = await open({ title: "Bread", systemPrompt: "Bake", modelId: "gemini-full", settings: { search: true } });
    const before = await update({ id });
    expect(before).toEqual({
      id,
      title: "Bread",
      titleSource: "PERSON",
      systemPrompt: "Bake",
      modelId: "gemini-full",
      settings: { ...PLAIN, search: true },
      pinnedAt: null,
      archivedAt: null,
    });
    expect(await update({ id, title: " Rye\n\u202ebread " })).toEqual({ ...before, title: "Rye bread" });
    expect(await update({ id, settings: { thinking: "LOW" } })).toMatchObject({
      title: "Rye bread",
      settings: { ...PLAIN, search: true, thinking: "LOW" },
    });
    expect(await update({ id, systemPrompt: " Knead " })).toMatchObject({ systemPrompt: "Knead" });
  });

  test("takes back to the default what is null", async () => {
    const id = await open({ title: "Bread", systemPrompt: "Bake", modelId: "gemini-bare", settings: {} });
    await update({ id, pinned: true, archived: true });
    const cleared = { title: null, systemPrompt: null, modelId: null, settings: null, pinned: null, archived: null };
    expect(await update({ id, ...cleared })).toEqual({
      id,
      title: "New chat",
      titleSource: "FALLBACK",
      systemPrompt: null,
      modelId: null,
      settings: PLAIN,
      pinnedAt: null,
      archivedAt: null,
    });
  });

  test("of a room's pin or archive keeps the time of the first", async () => {
    const id = await open({});
    const { pinnedAt, archivedAt } = await update({ id, pinned: true, archived: true });
    expect(Date.parse(String(pinnedAt))).toBeGreaterThan(Date.now() - 60_000);
    expect(await update({ id, pinned: true, archived: true })).toMatchObject({ pinnedAt, archivedAt });
    expect(await update({ id, pinned: false })).toMatchObject({ pinnedAt: null, archivedAt });
  });

  test("of both devices at once loses neither", async () => {
    const id = await open({ settings: {} });
    await Promise.all([
      here.request(UpdateChatroom, { input: { id, settings: { search: true } } }),
      there.request(UpdateChatroom, { input: { id, settings: { codeExecution: true } } }),
      here.request(UpdateChatroom, { input: { id, title: "Both" } }),
    ]);
    expect(await update({ id })).toMatchObject({
      title: "Both",
      settings: { ...PLAIN, search: true, codeExecution: true },
    });
  });

  test("that is refused changes nothing", async () => {
    const id = await open({ title: "Bread", settings: { search: true } });
    const before = await update({ id });
    for (const [change, refusal] of [
      [{ title: "" }, { code: "BAD_USER_INPUT", field: "title" }],
      [{ title: "x".repeat(201) }, { code: "BAD_USER_INPUT", field: "title" }],
      [{ systemPrompt: "\u200b" }, { code: "BAD_USER_INPUT", field: "systemPrompt" }],
      [{ modelId: "gpt-4" }, { code: "MODEL_NOT_ALLOWED", field: "modelId" }],
      [{ modelId: "gemini-pro" }, { code: "MODEL_NOT_ALLOWED", field: "modelId" }],
      [{ modelId: "gemini-old" }, { code: "MODEL_RETIRED", replacedBy: "gemini-full" }],
      [{ settings: { maxReplyTokens: 5_001 } }, { code: "UNSUPPORTED", field: "settings.maxReplyTokens" }],
      [
        { modelId: "gemini-bare", settings: { search: true } },
        { code: "UNSUPPORTED", field: "settings.search" },
      ],
    ] as const) {
      expect(await refusalOf({ id, pinned: true, ...change })).toMatchObject(refusal);
    }
    expect(await update({ id })).toEqual(before);
    expect(await refusalOf({ id: "no id" })).toMatchObject({ code: "BAD_USER_INPUT", field: "id" });
    expect(await refusalOf({ id: crypto.randomUUID(), pinned: true })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("to a model that lacks the room's settings keeps them", async () => {
    const id = await open({ settings: { search: true } });
    expect(await update({ id, modelId: "gemini-bare" })).toMatchObject({ settings: { search: true } });
  });

  test("does not ask about a model that the room has already", async () => {
    const id = await open({});
    await colloquy.db.chatroom.update({ where: { id }, data: { model: "gemini-old" } });
    expect(await update({ id, modelId: "gemini-old", title: "Kept" })).toMatchObject({ modelId: "gemini-old" });
  });
});

test("a title from before its source was stored is its person's, unless it is the fallback", async () => {
  const [named, unnamed] = [await open({ title: "Bread" }), await open({})];
  await colloquy.db.chatroom.updateMany({ data: { titleSource: null } });
  expect(await update({ id: named })).toMatchObject({ titleSource: "PERSON" });
  expect(await update({ id: unnamed })).toMatchObject({ title: "New chat", titleSource: "FALLBACK" });
});

describe("the list", () => {
  test("follows each change at once on both APIs, and hides the archive unless it is asked for", async () => {
    const [bread, tea] = [await open({ title: "Bread" }), await open({ title: "Tea" })];
    expect(await titles()).toEqual(["Tea", "Bread"]);
    await update({ id: bread, title: "Cake" });
    expect(await titles()).toEqual(["Tea", "Cake"]);
    await update({ id: tea, archived: true });
    expect([await titles(), await titles({ archived: true }), await titles({ archived: false })]).toEqual([
      ["Cake"],
      ["Tea"],
      ["Cake"],
    ]);
    await update({ id: tea, archived: false });
    expect([await titles(), await titles({ archived: true })]).toEqual([["Tea", "Cake"], []]);
    await update({ id: bread, pinned: true });
    expect([await titles({ pinned: true }), await titles({ pinned: false }), await titles()]).toEqual([
      ["Cake"],
      ["Tea"],
      ["Tea", "Cake"],
    ]);
    await update({ id: bread, archived: true });
    expect([await titles({ pinned: true }), await titles({ pinned: true, archived: true })]).toEqual([[], ["Cake"]]);
  });

  test("finds titles in upper and lower case, and takes no sign for another one", async () => {
    for (const title of ["100% rye", "1000 rye", "a_b", "axb", String.raw`c\d`, "Über Äpfel"]) await open({ title });
    const find = (titleContains: string) => titles({ titleContains });
    expect(await find("RYE")).toEqual(["1000 rye", "100% rye"]);
    expect(await find("0%")).toEqual(["100% rye"]);
    expect(await find("A_B")).toEqual(["a_b"]);
    expect(await find(String.raw`c\D`)).toEqual([String.raw`c\d`]);
    expect(await find("über ä")).toEqual(["Über Äpfel"]);
    expect(await find("nothing")).toEqual([]);
    for (const titleContains of ["", " ", "x".repeat(101), "a\0"]) {
      const { errors } = await here.ask(FilterChatrooms, { filter: { titleContains } });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "filter.titleContains" });
    }
  });

  test("comes in pages with a filter as without", async () => {
    for (const title of ["b 1", "a 1", "b 2", "a 2", "b 3"]) await open({ title });
    const filter = { titleContains: "b" };
    const { chatrooms: one } = await here.request(FilterChatrooms, { filter, first: 2 });
    expect(one.edges.map(({ node }) => node.title)).toEqual(["b 3", "b 2"]);
    const { chatrooms: two } = await there.request(FilterChatrooms, {
      filter,
      first: 2,
      after: one.pageInfo.endCursor!,
    });
    expect(two).toMatchObject({ edges: [{ node: { title: "b 1" } }], pageInfo: { hasNextPage: false } });
  });
});
