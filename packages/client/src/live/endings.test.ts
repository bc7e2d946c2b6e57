import { expect, test } from "vitest";
import { SignedOut } from "../session/access-tokens.ts";
import { judgeEnding } from "./endings.ts";

const fault = (code: string, retryAfter?: number) => [{ message: code, extensions: { code, retryAfter } }];

test.each([
  [{ code: 1000, reason: "" }, true],
  [{ code: 1001, reason: "" }, true],
  [{ code: 1006, reason: "" }, true],
  [{ code: 1012, reason: "Service restart" }, true],
  [{ code: 1013, reason: "Try again later" }, true],
  [{ code: 4308, reason: "Slow consumer" }, true],
  [{ code: 4408, reason: "Connection initialisation timeout" }, true],
  [{ code: 4499, reason: "Terminated" }, true],
  [{ code: 4400, reason: "Invalid message received" }, false],
  [{ code: 4409, reason: "Subscriber already exists" }, false],
  [{ code: 4500, reason: "Internal server error" }, false],
  [{ response: { status: 503 } }, true],
  [{ response: { status: 429 } }, true],
  [{ response: { status: 400 } }, false],
  [new TypeError("fetch failed"), true],
  [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), true],
  [fault("RATE_LIMITED"), true],
  [fault("INTERNAL"), false],
  [new SignedOut(), false],
  [undefined, true],
])("after %o, trying again: %s", (cause, again) => {
  expect(judgeEnding(cause).again).toBe(again);
});

test.each([{ code: 4403, reason: "Forbidden" }, fault("UNAUTHENTICATED"), { response: { status: 401 } }])(
  "after %o a new token is wanted",
  (cause) => expect(judgeEnding(cause)).toEqual({ again: true, newToken: true }),
);

test("the server's own time to wait is kept", () => {
  expect(judgeEnding(fault("UNAVAILABLE", 2))).toEqual({ again: true, waitMs: 2000 });
});
