import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { post } from "../_support/post.ts";
import type { TestProcess } from "../_support/processes.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

/** A message of a MiB that no border of pieces cuts well: pairs of surrogates, at an odd offset. */
const MIB = `x${"😀".repeat(2 ** 18 - 1)}yz`;
const BIG = 7;
const REQUESTS = 60;
const PAGE = `query ($room: ID!, $last: Int) { chatroom(id: $room) { messages(last: $last) { edges { node { content } } } } }`;

let colloquy: Colloquy;
/** Where each has 60 requests a minute. */
let strict: TestProcess;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  strict = await colloquy.startApi({ REQUESTS_PER_USER: String(REQUESTS) });
});
afterAll(() => colloquy.close());

/** Somebody with a room of that many messages. */
async function signInWithRoom(messages = BIG): Promise<{ client: TestClient; room: string }> {
  const client = await colloquy.signIn();
  const room = await client.createRoom();
  const ids = Array.from({ length: messages }, () => uuidv7());
  const message = { chatroomId: room, role: "USER", status: "COMPLETE", content: MIB } as const;
  await colloquy.db.message.createMany({
    data: ids.map((id, depth) => ({ id, depth, parentId: ids[depth - 1] ?? null, ...message })),
  });
  await colloquy.db.chatroom.update({ where: { id: room }, data: { activeLeafId: ids.at(-1)! } });
  return { client, room };
}

const urlOf = ({ port }: { port: number }) => `http://127.0.0.1:${port}/graphql`;
const bearer = (client: TestClient) => ({ authorization: `Bearer ${client.token()}` });

test("an answer of some MiB arrives whole, in a length that was said before", async () => {
  const { client, room } = await signInWithRoom();
  const answer = await post(client.url, { query: PAGE, variables: { room, last: BIG } }, bearer(client));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-length")).toBe(String(Buffer.byteLength(answer.text)));
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-request-id")).toBeTruthy();
  const { edges } = (answer.data as { chatroom: { messages: { edges: { node: { content: string } }[] } } }).chatroom
    .messages;
  expect(edges.map(({ node }) => node.content === MIB)).toEqual(Array.from({ length: BIG }, () => true));
});

test("over one connection the next answer follows it", async () => {
  const { client, room } = await signInWithRoom(1);
  const wire = await openWire(colloquy.apis[0]!.port);
  ask(wire, client, { query: PAGE, variables: { room, last: 1 } });
  ask(wire, client, { query: "{ me { id } }" });
  let text = "";
  wire.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await expect.poll(() => text.includes(client.userId()), { timeout: 30_000 }).toBe(true);
  expect(text.split("HTTP/1.1 200 OK")).toHaveLength(3);
  expect(text).toContain(MIB);
});

test("each 256 KiB of answers cost their user another request, over HTTP and WebSocket", async () => {
  const { client, room } = await signInWithRoom();
  const page = { query: PAGE, variables: { room, last: BIG } };
  const askBig = async () => (await post(urlOf(strict), page, bearer(client))).status;
  expect(await askBig()).toBe(200);
  const socket = client.connect({ url: urlOf(strict).replace("http", "ws") }).iterate<{ chatroom: object }>(page);
  const { value } = (await socket.next()) as { value: { data?: { chatroom: object } } };
  expect(value.data?.chatroom).toBeTruthy();
  // One request and 28 for its bytes are 29; three of them are more than there are.
  expect(await askBig()).toBe(200);
  expect(await askBig()).toBe(429);

  const other = await signInWithRoom(1);
  const small = { query: PAGE.replace("content", "id"), variables: { room: other.room, last: 1 } };
  for (let n = 0; n < REQUESTS; n += 1)
    expect((await post(urlOf(strict), small, bearer(other.client))).status).toBe(200);
  expect((await post(urlOf(strict), small, bearer(other.client))).status).toBe(429);
});

test("beyond 32 MiB that wait for the clients of one user the connection is closed", async () => {
  const { client, room } = await signInWithRoom();
  const page = { query: PAGE, variables: { room, last: BIG } };
  const deaf = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const wire = await openWire(colloquy.apis[0]!.port);
      ask(wire, client, page);
      // The first bytes have come, and nothing more is read.
      await once(wire, "readable");
      return wire;
    }),
  );
  const fifth = await openWire(colloquy.apis[0]!.port);
  ask(fifth, client, page);
  let received = 0;
  fifth.on("data", (chunk: Buffer) => (received += chunk.length));
  await once(fifth, "close");
  expect(received).toBe(0);

  // What is short, and what is others', is answered.
  expect((await post(client.url, { query: "{ me { id } }" }, bearer(client))).codes).toEqual([]);
  const other = await signInWithRoom(1);
  const another = { query: PAGE, variables: { room: other.room, last: 1 } };
  expect((await post(client.url, another, bearer(other.client))).codes).toEqual([]);

  for (const wire of deaf) wire.destroy();
  const answered = async () => (await post(client.url, page, bearer(client)).catch(() => ({ status: 0 }))).status;
  await expect.poll(answered, { timeout: 30_000 }).toBe(200);
});

async function openWire(port: number): Promise<Socket> {
  const wire = connect(port, "127.0.0.1");
  wire.on("error", () => {});
  onTestFinished(() => void wire.destroy());
  await once(wire, "connect");
  return wire;
}

function ask(wire: Socket, client: TestClient, operation: object): void {
  const body = JSON.stringify(operation);
  wire.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${client.token()}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
