import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import WebSocket from "ws";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Colloquy } from "../_support/colloquy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const INIT = { type: "connection_init" };
const QUERY = { id: "1", type: "subscribe", payload: { query: "{ __typename }" } };

let colloquy: Colloquy;
let logged = 0;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());
beforeEach(() => {
  logged = api().logs.length;
});

const api = () => colloquy.apis[0]!;
/** What the API has written since the test began that is no line of its log, or tells of a fault. */
const complaints = () =>
  api()
    .logs.slice(logged)
    .filter(({ level }) => !(Number(level) < 40));

/** A socket, and the connection under it, to do with as the protocol does not allow. */
async function open(): Promise<{ socket: WebSocket; wire: Socket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${api().port}/graphql`, GRAPHQL_TRANSPORT_WS_PROTOCOL);
  const [[response]] = await Promise.all([once(socket, "upgrade") as Promise<[IncomingMessage]>, once(socket, "open")]);
  socket.send(JSON.stringify(INIT));
  await once(socket, "message");
  return { socket, wire: response.socket };
}

async function answers(): Promise<void> {
  const { socket } = await open();
  socket.send(JSON.stringify(QUERY));
  const [data] = (await once(socket, "message")) as [Buffer];
  expect(JSON.parse(data.toString())).toMatchObject({
    id: "1",
    type: "next",
    payload: { data: { __typename: "Query" } },
  });
  socket.terminate();
}

test("a client that is gone before its answer is written harms nobody, and is nothing to tell of", async () => {
  const { socket, wire } = await open();
  socket.on("error", () => {});
  // What it asks and that it has gone reach the API in the same moment.
  api().signal("SIGSTOP");
  for (let n = 0; n < 20; n += 1) socket.send(JSON.stringify({ ...QUERY, id: String(n) }));
  await new Promise((resolve) => wire.write("", resolve));
  wire.resetAndDestroy();
  api().signal("SIGCONT");
  await answers();
  expect(complaints()).toEqual([]);
});

describe("what is no message of the protocol closes its socket with a code, and that alone", () => {
  test.each([
    ["a frame that RFC 6455 does not know", Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    ["text that is not UTF-8", Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff]), 1007],
    ["a message longer than an operation may be", Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]), 1009],
    ["what is not JSON", frame("{"), 4400],
    ["a type that does not exist", frame('{"type":"shout"}'), 4400],
    ["a second connection_init", frame(JSON.stringify(INIT)), 4429],
  ])("%s", async (_, bytes, expected) => {
    const { socket, wire } = await open();
    wire.write(bytes);
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(expected);
    await answers();
    expect(complaints()).toEqual([]);
  });
});

/** A masked text frame, the mask being zero. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
