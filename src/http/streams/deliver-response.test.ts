import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { LiveResults } from "../graphql/subscribe.ts";
import { deliverResponse } from "./deliver-response.ts";
import { eventStream } from "./live-formats.ts";

const PATIENTLY = { interval: 5 };

/** Results for a test to make; all that were not taken wait. */
function createResults() {
  const waiting: string[] = [];
  let listener = () => {};
  let taken = 0;
  const results: LiveResults & { ended: boolean } = {
    ended: false,
    take() {
      const result = waiting.shift();
      if (result) taken += 1;
      return result;
    },
    onNews: (other) => void (listener = other),
    close() {},
  };
  return {
    results,
    taken: () => taken,
    push(value: unknown) {
      waiting.push(JSON.stringify({ data: value }));
      listener();
    },
    end() {
      results.ended = true;
      listener();
    },
  };
}

async function serve(options: { pingIntervalMs?: number; stallLimitMs?: number } = {}) {
  const made = createResults();
  let slow = 0;
  let isFull = () => false;
  const server = createServer((_request, response) => {
    isFull = () => response.writableNeedDrain;
    return deliverResponse(response, made.results, eventStream, { onSlow: () => (slow += 1), ...options });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => {});
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  let text = "";
  client.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  client.write("GET / HTTP/1.0\r\n\r\n");

  return { ...made, server, client, text: () => text, slow: () => slow, isFull: () => isFull() };
}

test("a result goes out at once, and the end after the last one", async () => {
  const { push, end, client, text } = await serve();
  push("one");
  await expect.poll(text, PATIENTLY).toMatch('event: next\ndata: {"data":"one"}\n\n');
  push("two");
  end();
  await once(client, "close");
  expect(text().split("\r\n\r\n")[1]).toBe(
    ':\n\nevent: next\ndata: {"data":"one"}\n\nevent: next\ndata: {"data":"two"}\n\nevent: complete\ndata:\n\n',
  );
});

test("pings come for as long as the stream is open, also after a client that took its time", async () => {
  const { push, client, text, isFull } = await serve({ pingIntervalMs: 5 });
  await expect.poll(text, PATIENTLY).toMatch(/(:\n\n){3}/);
  client.pause();
  // More than the buffers between the two hold.
  push("x".repeat(20_000_000));
  await expect.poll(isFull, PATIENTLY).toBe(true);
  client.resume();
  await expect.poll(text, PATIENTLY).toMatch(/x"}\n\n(:\n\n){3}/);
});

test("a client that takes nothing is cut, and until then nothing more is taken for it", async () => {
  const { push, taken, slow, server, client } = await serve({ stallLimitMs: 50, pingIntervalMs: 5 });
  await once(client, "data");
  client.pause();
  for (let n = 0; n < 5; n += 1) push("x".repeat(20_000_000));
  await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0);
  expect([taken(), slow()]).toEqual([1, 1]);
});

test("what ends the results comes as the last one", async () => {
  const { results, push, text } = await serve();
  results.take = () => {
    throw new Error("lost");
  };
  push("never");
  await expect.poll(text, PATIENTLY).toMatch(/data: \{"errors":\[.*\]\}\n\nevent: complete\n/);
});
