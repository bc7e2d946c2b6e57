import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { post } from "../../_support/post.ts";
import { CreateChatroom, GetMessage } from "../../_support/documents.ts";
import { GetRoomModel } from "../../_support/model-documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

const DEFAULT = "gemini-3.5-flash-lite";
const MIGRATIONS = join(import.meta.dirname, "../../../prisma/migrations");

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy();
  alice = await colloquy.signIn();
});
afterEach(() => colloquy.gemini.reset());
afterAll(() => colloquy.close());

const create = (modelId?: string | null) => alice.ask(CreateChatroom, { input: { modelId } });
const open = async (modelId?: string | null) => {
  const { createChatroom } = await alice.request(CreateChatroom, { input: { modelId } });
  return createChatroom;
};
const stored = async (id: string) => (await colloquy.db.chatroom.findUniqueOrThrow({ where: { id } })).model;

/** The model that a message in the room is answered by, as Gemini was asked and as the reply says. */
async function answerIn(room: string, prompt: string) {
  const { replyId } = await alice.send(room, prompt);
  await alice.watchReply(replyId).completed;
  const { message } = await alice.request(GetMessage, { id: replyId });
  expect(message?.status).toBe("COMPLETE");
  const { model } = await colloquy.gemini.nextRequest(prompt);
  const row = await colloquy.db.message.findUniqueOrThrow({ where: { id: replyId } });
  expect(row.model).toBe(model);
  return model;
}

test.each([undefined, null])("a room without a model of its own (%s) follows the default of the day", async (none) => {
  const room = await open(none);
  expect(room).toMatchObject({ modelId: null, model: { id: DEFAULT } });
  expect(await stored(room.id)).toBeNull();
  expect(await answerIn(room.id, "by the default")).toBe(DEFAULT);

  const tomorrow = colloquy.elsewhere(alice, await colloquy.startApi({ GEMINI_MODEL: "gemini-3.7-flash" }));
  const { chatroom } = await tomorrow.request(GetRoomModel, { id: room.id });
  expect(chatroom).toMatchObject({ modelId: null, model: { id: "gemini-3.7-flash", isDefault: true } });
  expect(await tomorrowAnswers(tomorrow, room.id)).toBe("gemini-3.7-flash");
});

async function tomorrowAnswers(tomorrow: TestClient, room: string) {
  const { replyId } = await tomorrow.send(room, "by the new default");
  await alice.watchReply(replyId).completed;
  return (await colloquy.gemini.nextRequest("by the new default")).model;
}

test("a room that names one of the models is answered by that one, also the default by name", async () => {
  for (const model of ["gemini-3.8-flash", DEFAULT]) {
    const room = await open(model);
    expect(room).toMatchObject({ modelId: model, model: { id: model } });
    expect(await stored(room.id)).toBe(model);
    expect(await answerIn(room.id, `by ${model}`)).toBe(model);
  }
});

test("the name that `modelId` had first still does", async () => {
  const openBy = (model: string) =>
    post(
      alice.url,
      { query: `mutation { createChatroom(input: { model: "${model}" }) { modelId } }` },
      { authorization: `Bearer ${alice.token()}` },
    );
  expect((await openBy("gemini-3.6-flash")).data).toEqual({ createChatroom: { modelId: "gemini-3.6-flash" } });
  const { errors } = await openBy("gpt-4");
  expect(errors[0]?.extensions).toMatchObject({ code: "MODEL_NOT_ALLOWED", field: "model" });
});

test.each(["gpt-4", "gemini-3.8-flash-", "GEMINI-3.8-FLASH", "constructor"])("%s is not on offer", async (model) => {
  const { errors, data } = await create(model);
  expect(data?.createChatroom).toBeUndefined();
  expect(errors[0]?.extensions).toMatchObject({ code: "MODEL_NOT_ALLOWED", field: "modelId" });
});

test("a room whose model is not on offer any more is answered by the default, and so is a reply that waits", async () => {
  const room = await open();
  await colloquy.db.chatroom.update({ where: { id: room.id }, data: { model: "gemini-of-yesterday" } });
  expect(await answerIn(room.id, "is anybody there?")).toBe(DEFAULT);

  for (const worker of colloquy.workers) worker.signal("SIGSTOP");
  const { replyId } = await alice.send(room.id, "sent before the deploy");
  await colloquy.db.message.update({ where: { id: replyId }, data: { model: "gemini-of-yesterday" } });
  for (const worker of colloquy.workers) worker.signal("SIGCONT");
  await alice.watchReply(replyId).completed;
  expect((await colloquy.gemini.nextRequest("before the deploy")).model).toBe(DEFAULT);
  expect(await colloquy.db.message.findUnique({ where: { id: replyId } })).toMatchObject({ model: DEFAULT });
});

test("the migration frees the rooms that were pinned to what is shut down, and no other", async () => {
  const names = ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.8-flash", "gemini-of-a-proxy"];
  const rooms = await Promise.all(names.map(() => open()));
  for (const [index, { id }] of rooms.entries())
    await colloquy.db.chatroom.update({ where: { id }, data: { model: names[index]! } });
  const migration = readdirSync(MIGRATIONS).find((name) => name.endsWith("free_rooms_from_retired_models"))!;
  const statements = readFileSync(join(MIGRATIONS, migration, "migration.sql"), "utf8").split(";");
  for (const statement of statements.filter((text) => text.trim() !== ""))
    await colloquy.db.$executeRawUnsafe(statement);
  expect(await Promise.all(rooms.map(({ id }) => stored(id)))).toEqual([
    null,
    null,
    "gemini-3.8-flash",
    "gemini-of-a-proxy",
  ]);
});
