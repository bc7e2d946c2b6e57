import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NO_PARTS, type ReplyInParts } from "../reply/reply-parts.ts";
import { holdText } from "./hold-text.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const reply = (text: string, thought = ""): ReplyInParts => ({ ...NO_PARTS, attempt: 1, text, thought });
const textsOf = (take: ReturnType<typeof vi.fn<(reply: ReplyInParts) => void>>) =>
  take.mock.calls.map(([{ text }]) => text);

test("a text comes with its parts, with the next text, or after a while", () => {
  const take = vi.fn<(reply: ReplyInParts) => void>();
  const hold = holdText(take);
  hold.take(reply("One"));
  expect(textsOf(take)).toEqual([]);
  hold.take(reply("One", "Hm"));
  expect(take.mock.calls).toEqual([[reply("One", "Hm")]]);
  hold.take(reply("One two", "Hm"));
  hold.take(reply("One two three", "Hm"));
  expect(textsOf(take)).toEqual(["One", "One two"]);
  vi.runAllTimers();
  expect(textsOf(take)).toEqual(["One", "One two", "One two three"]);
});

test("the last chunk waits for nothing, and nothing comes after the end", () => {
  const take = vi.fn<(reply: ReplyInParts) => void>();
  const hold = holdText(take);
  hold.take({ ...reply("One"), message: "the finished one" });
  hold.take(reply("One two"));
  hold.stop();
  vi.runAllTimers();
  expect(textsOf(take)).toEqual(["One"]);
});
