import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { Heartbeats, type Heartbeat } from "./heartbeat.ts";

let server: Server;
let client: WebSocket;
let served: WebSocket;
let heartbeats: Heartbeats;
let heartbeat: Heartbeat;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  server = createServer();
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong: false });
  [served] = (await once(sockets, "connection")) as [WebSocket];
  heartbeats = new Heartbeats();
  heartbeat = heartbeats.start(served);
  if (client.readyState !== client.OPEN) await once(client, "open");
});
afterEach(() => {
  heartbeats.close();
  client.terminate();
  server.close();
  vi.useRealTimers();
});

const FIRST_MS = 12_000;
const NEXT_MS = 48_000;
const beat = async (afterMs: number): Promise<Buffer> => {
  vi.advanceTimersByTime(afterMs);
  const [ping] = (await once(client, "ping")) as [Buffer];
  return ping;
};
const pong = async (data: Buffer | string): Promise<boolean> => {
  client.pong(data);
  const [heard] = (await once(served, "pong")) as [Buffer];
  return heartbeat.hear(heard);
};

test("a socket that answers its pings lives", async () => {
  const pings = [];
  for (let n = 0; n < 5; n += 1) {
    pings.push(await beat(n === 0 ? FIRST_MS : NEXT_MS));
    expect(await pong(pings.at(-1)!)).toBe(true);
  }
  expect(new Set(pings.map(String)).size).toBe(5);
  expect(served.readyState).toBe(served.OPEN);
});

test.each<[string, (ping: Buffer, before: Buffer) => Buffer | string]>([
  ["nothing", () => ""],
  ["what it makes up", () => "12345678"],
  ["the ping before", (_, before) => before],
  ["a part of the ping", (ping) => ping.subarray(0, 4)],
])("a socket is dropped that answers %s", async (_, answer) => {
  const before = await beat(FIRST_MS);
  expect(await pong(before)).toBe(true);
  const ping = await beat(NEXT_MS);
  expect(await pong(answer(ping, before))).toBe(false);
  vi.advanceTimersByTime(FIRST_MS);
  await once(client, "close");
});

test("each socket is pinged 12 s after it came, and each time 48 s after a ping that it has answered", async () => {
  const stub = () => ({
    readyState: 1 as const,
    OPEN: 1 as const,
    ping: vi.fn<(payload: Buffer) => void>(),
    terminate: vi.fn<() => void>(),
  });
  vi.advanceTimersByTime(5_000);
  const [early, late] = [stub(), stub()];
  const beats = [heartbeats.start(early)];
  vi.advanceTimersByTime(6_000);
  beats.push(heartbeats.start(late));
  const answerAll = () =>
    [early, late].forEach(({ ping }, index) => ping.mock.lastCall && beats[index]!.hear(ping.mock.lastCall[0]));
  const counts = [];
  for (const step of [5_750, 250, 5_750, 250, 41_750, 250, 6_000]) {
    vi.advanceTimersByTime(step);
    counts.push([early.ping.mock.calls.length, late.ping.mock.calls.length]);
    answerAll();
  }
  expect(counts).toEqual([
    [0, 0],
    [1, 0],
    [1, 0],
    [1, 1],
    [1, 1],
    [2, 1],
    [2, 2],
  ]);
  for (const started of beats) started.stop();
  vi.advanceTimersByTime(2 * NEXT_MS);
  expect(early.ping).toHaveBeenCalledTimes(2);
  expect(late.terminate).not.toHaveBeenCalled();
});

test("an answer counts once, and none without a ping", async () => {
  expect(await pong("")).toBe(false);
  const ping = await beat(FIRST_MS);
  expect(await pong(ping)).toBe(true);
  expect(await pong(ping)).toBe(false);
});
