import { afterAll, beforeAll, expect, test } from "vitest";
import { schema } from "../../src/http/graphql/schema.ts";
import { EXAMPLES_DIR, readExample } from "../../tools/checks/schema/api-examples.ts";
import { printApiPage } from "../../tools/checks/schema/print-api-page.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { readdirSync, readFileSync } from "node:fs";
import { ChangePassword } from "../_support/account-documents.ts";
import { codeFor, openDevice, type DeviceOf } from "../_support/accounts.ts";
import { startShop, type Shop } from "../_support/billing.ts";
import { newPhone } from "../_support/phones.ts";
import { StopReply } from "../_support/documents.ts";
import { post } from "../_support/post.ts";
import { SendQueued } from "../_support/queue-documents.ts";
import { DeleteChatroom } from "../_support/room-documents.ts";

const PASSWORD = "a bottle, a note and a cork";
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const OPERATIONS = ROOTS.flatMap((type) => Object.keys(type?.getFields() ?? {}));
const SUBSCRIPTIONS = new Set(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}));

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

test("every operation has an example, and every example an operation", () => {
  const examples = readdirSync(EXAMPLES_DIR).map((name) => name.replace(/\.graphql$/, ""));
  expect(examples.toSorted()).toEqual(OPERATIONS.toSorted());
});

test("docs/API.md is what the schema and the examples say", () => {
  expect(readFileSync("docs/API.md", "utf8")).toBe(printApiPage(schema));
});

test.each(OPERATIONS)("%s: the example runs as it stands", async (field) => {
  const example = readExample(field);
  if (!example) throw new Error("there is no example");
  const device = await (field === "createBillingPortalSession" ? openPayingDevice() : openDevice(shop.colloquy));
  const request = { query: example.document, variables: await fillIn(example.variables, device) };
  const answer = SUBSCRIPTIONS.has(field) ? await firstEvent(device, request) : await ask(device, request);
  expect(answer).toEqual({ data: { [field]: expect.anything() as unknown } });
});

/** What the names in the examples stand for. Each is made for the one user of an example, in the order of the variables. */
const VALUES: Readonly<Record<string, (scene: Scene) => Promise<string> | string>> = {
  phone: ({ device }) => device.phone,
  newPhone: () => newPhone(),
  code: ({ device }) => codeFor(shop.colloquy, device.phone, "SIGN_IN"),
  refreshToken: ({ device }) => device.tokens.refreshToken,
  otherSessionId: async ({ device }) => (await openDevice(shop.colloquy, device.phone)).tokens.session.id,
  password: () => PASSWORD,
  newPassword: () => `${PASSWORD}, again`,
  async phoneWithPassword({ device }) {
    await device.client.request(ChangePassword, { input: { newPassword: PASSWORD } });
    return device.phone;
  },
  resetCode: ({ device }) => codeFor(shop.colloquy, device.phone, "RESET_PASSWORD"),
  newId: () => crypto.randomUUID(),
  chatroomId: async (scene) => (await scene.room()).id,
  async deletedChatroomId(scene) {
    const { id } = await scene.room();
    await scene.device.client.request(DeleteChatroom, { id });
    return id;
  },
  messageId: async (scene) => (await scene.room()).messageId,
  replyId: async (scene) => (await scene.room()).replyId,
  async failedReplyId({ device }) {
    const { client } = device;
    const prompt = `Fail, for ${device.tokens.user.id}`;
    shop.colloquy.gemini.onPrompt(prompt, [{ status: 400 }]);
    const { replyId } = await client.send(await client.createRoom(), prompt);
    await client.watchReply(replyId).completed;
    return replyId;
  },
  runningReplyId: async ({ device }) => (await openBusyRoom(device)).replyId,
  queuedId: async ({ device }) => (await openBusyRoom(device)).queuedId,
  async pausedChatroomId({ device }) {
    const { id, replyId } = await openBusyRoom(device);
    await device.client.request(StopReply, { messageId: replyId });
    return id;
  },
};

type Scene = Readonly<{
  device: DeviceOf;
  /** A room with a question and its finished reply. */
  room(): Promise<{ id: string; messageId: string; replyId: string }>;
}>;

async function openPayingDevice(): Promise<DeviceOf> {
  const { device } = await shop.subscriber();
  return device;
}

async function openRoom({ client }: DeviceOf) {
  const id = await client.createRoom();
  const sent = await client.send(id, "Who found it?");
  await client.watchReply(sent.replyId).completed;
  return { id, ...sent };
}

/** A room with a running reply, and a message that waits for its end. */
async function openBusyRoom({ client, tokens }: DeviceOf) {
  const prompt = `Go on, for ${tokens.user.id}`;
  shop.colloquy.gemini.onPrompt(prompt, [{ text: "And " }, { waitFor: createGate() }]);
  const id = await client.createRoom();
  const sent = await client.send(id, prompt);
  await client.watchReply(sent.replyId).until(({ text }) => text !== "");
  const { sendMessage } = await client.request(SendQueued, {
    input: { chatroomId: id, content: "And who answered it?", whileReplying: "QUEUE" },
  });
  return { id, ...sent, queuedId: sendMessage.message.id };
}

async function fillIn(variables: string | null, device: DeviceOf): Promise<Record<string, unknown>> {
  let room: ReturnType<typeof openRoom> | undefined;
  const scene: Scene = { device, room: () => (room ??= openRoom(device)) };
  let filled = variables ?? "{}";
  for (const [placeholder, name = ""] of filled.matchAll(/<(\w+)>/g)) {
    const value = VALUES[name];
    if (!value) throw new Error(`${placeholder} has no value: add it to VALUES`);
    filled = filled.replace(placeholder, await value(scene));
  }
  return JSON.parse(filled) as Record<string, unknown>;
}

type Request = { query: string; variables: Record<string, unknown> };

async function ask({ client }: DeviceOf, request: Request): Promise<unknown> {
  const { text } = await post(client.url, request, { authorization: `Bearer ${client.token()}` });
  return JSON.parse(text) as unknown;
}

async function firstEvent({ client }: DeviceOf, request: Request): Promise<unknown> {
  const socket = client.connect();
  for await (const { data, errors } of socket.iterate(request)) return errors ? { data, errors } : { data };
  throw new Error("the subscription ended without an event");
}
