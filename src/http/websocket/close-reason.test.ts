import { expect, test } from "vitest";
import { closeReason } from "./close-reason.ts";

test.each([
  ["", 0],
  ["short", 5],
  ["x".repeat(123), 123],
  ["x".repeat(124), 123],
  ["ä".repeat(62), 122],
  ["€".repeat(50), 123],
  [`x${"€".repeat(50)}`, 121],
  ["🙂".repeat(31), 120],
  ["xyz🙂".repeat(31), 122],
])("%j is cut to %i bytes, between characters", (text, bytes) => {
  const reason = closeReason(text);
  expect(Buffer.byteLength(reason)).toBe(bytes);
  expect(text.startsWith(reason)).toBe(true);
  expect(reason).not.toMatch(/\p{Surrogate}/u);
});
