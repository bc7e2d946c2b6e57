import { expect } from "vitest";
import { joinChunks, type ReplyChunk, type TestClient } from "./client.ts";
import { GetMessage } from "./documents.ts";
import type { Watch } from "./watch.ts";

/**
 * Waits for the end of a watched reply and holds it to the promise: what the client made of the chunks is,
 * to the byte, what is stored, without a gap, a repetition or a chunk of an attempt that was over.
 *
 * @param start what the client had before it subscribed
 * @returns the stored message
 */
export async function expectWholeReply(client: TestClient, watch: Watch<ReplyChunk>, start = { attempt: 0, text: "" }) {
  await watch.completed;
  const last = watch.events.at(-1);
  if (!last) throw new Error("the reply ended without an event");
  const { message } = await client.request(GetMessage, { id: last.messageId });
  if (!message) throw new Error("the reply is not stored");
  expect(last.message).toMatchObject({ status: message.status, content: message.content });

  let { attempt, text } = start;
  for (const chunk of watch.events) {
    expect(chunk.attempt).toBeGreaterThanOrEqual(attempt);
    if (chunk.attempt > attempt) text = "";
    attempt = chunk.attempt;
    expect(chunk.offset, "no gap").toBeLessThanOrEqual(text.length);
    text = text.slice(0, chunk.offset) + chunk.text;
  }
  expect(text).toBe(message.content);
  expect(joinChunks(watch.events, start).text).toBe(message.content);
  return message;
}
