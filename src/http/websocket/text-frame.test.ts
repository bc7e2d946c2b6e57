import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { encodeTextFrame, keepFrame } from "./text-frame.ts";

/** A text of so many bytes, with letters of two. */
const textOf = (bytes: number) => "é".repeat(Math.floor(bytes / 2)) + "x".repeat(bytes % 2);

test("a client reads texts of all lengths, one after the other", async () => {
  const texts = [0, 1, 125, 126, 65_520, 65_535, 65_536, 200_000, 3].map(textOf);
  const http = createServer();
  new WebSocketServer({ server: http }).on("connection", (_socket, request) => {
    for (const text of texts) {
      const whole = Buffer.from(text);
      const half = Math.floor(whole.length / 2);
      request.socket.write(encodeTextFrame(whole.subarray(0, half), whole.subarray(half)));
      keepFrame();
    }
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void http.close());
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  onTestFinished(() => client.terminate());
  const received: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.on("error", reject);
    client.on("message", (data: Buffer) => {
      received.push(data.toString());
      if (received.length === texts.length) resolve();
    });
  });
  expect(received).toEqual(texts);
});

test("a frame that is kept is not written over", () => {
  const kept = encodeTextFrame(Buffer.from("a"), Buffer.from("b"));
  keepFrame();
  encodeTextFrame(Buffer.from("c"), Buffer.from("d"));
  expect(kept.subarray(2).toString()).toBe("ab");
});
