import { once } from "node:events";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDevice } from "../_support/accounts.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { MessageAdded } from "../_support/documents.ts";
import { openStream, type OpenStream } from "../_support/event-stream.ts";
import type { TestProcess } from "../_support/processes.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let api: TestProcess;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  api = await colloquy.startApi({ SOCKETS_PER_IP: "8", SOCKETS_PER_USER: "5", STREAMS_PER_SESSION: "3" });
  url = `http://127.0.0.1:${api.port}/graphql`;
});
afterAll(() => colloquy.close());

type Device = Readonly<{ token(): string; createRoom(): Promise<string> }>;

/** Opens a stream from an address of its own, or is refused. */
async function stream(
  device: Device,
  from: string,
  room: string,
): Promise<OpenStream & { status: number | undefined }> {
  const opened = openStream(
    url,
    { query: MessageAdded.toString(), variables: { chatroomId: room } },
    { token: device.token(), from },
  );
  const { statusCode } = await opened.response;
  return { ...opened, status: statusCode };
}

const closeAll = async (streams: readonly OpenStream[]) => {
  for (const each of streams) each.request.destroy();
};

async function expectRefused(refused: OpenStream & { status: number | undefined }): Promise<void> {
  expect(refused.status).toBe(429);
  const { headers } = await refused.response;
  expect(headers["content-type"]).toContain("application/json");
  expect(headers["retry-after"]).toBe("5");
  expect(JSON.parse(await refused.until("}]}"))).toMatchObject({
    errors: [{ extensions: { code: "RATE_LIMITED", retryAfter: 5 } }],
  });
}

describe("event streams have limits, and give back what they took", () => {
  test("of a session", async () => {
    const device = await openDevice(colloquy);
    const room = await device.client.createRoom();
    const open = () => stream(device.client, "127.0.0.11", room);
    const streams = [await open(), await open(), await open()];
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    await expectRefused(await open());
    await closeAll(streams);
    await expect.poll(async () => (await open()).status).toBe(200);
  });

  test("of a user, together with the user's sockets", async () => {
    const one = await openDevice(colloquy);
    const other = await openDevice(colloquy, one.phone);
    const room = await one.client.createRoom();
    const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
    await once(socket, "open");
    const payload = { authorization: `Bearer ${one.client.token()}` };
    socket.send(JSON.stringify({ type: "connection_init", payload }));
    await once(socket, "message");
    const streams: OpenStream[] = [];
    for (const [n, { client }] of [one, one, other, other].entries())
      streams.push(await stream(client, `127.0.0.2${n}`, room));
    await expectRefused(await stream(other.client, "127.0.0.25", room));
    socket.terminate();
    await expect.poll(async () => (await stream(other.client, "127.0.0.25", room)).status).toBe(200);
    await closeAll(streams);
  });

  test("of an address", async () => {
    const streams: OpenStream[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { client } = await openDevice(colloquy);
      const room = await client.createRoom();
      for (let m = 0; m < 2; m += 1) streams.push(await stream(client, "127.0.0.33", room));
    }
    const { client } = await openDevice(colloquy);
    const room = await client.createRoom();
    await expectRefused(await stream(client, "127.0.0.33", room));
    expect((await stream(client, "127.0.0.34", room)).status).toBe(200);
    await closeAll(streams);
  });

  test("which a subscription that is refused does not keep", async () => {
    const { client } = await openDevice(colloquy);
    const room = await client.createRoom();
    for (let n = 0; n < 10; n += 1) {
      const refused = await stream(client, "127.0.0.41", "no room");
      expect(await refused.until("complete")).toContain("BAD_USER_INPUT");
      expect(refused.status).toBe(200);
    }
    expect((await stream(client, "127.0.0.41", room)).status).toBe(200);
  });
});
