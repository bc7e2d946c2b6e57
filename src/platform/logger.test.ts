import { describe, expect, test } from "vitest";
import { Prisma } from "../generated/prisma/client.ts";
import { createLogger } from "./logger.ts";

/** What one call writes, as it would stand on standard output. */
function logged(details: Record<string, unknown>, level = "info"): { text: string; line: Record<string, never> } {
  let text = "";
  createLogger({ level, name: "test" }, { write: (chunk: string) => void (text += chunk) }).warn(details, "said");
  return { text, line: JSON.parse(text || "{}") as Record<string, never> };
}

test("a line is one JSON object that says when, who, how bad and what", () => {
  const { text, line } = logged({ replyId: "r-1" });
  expect(text.trimEnd()).not.toContain("\n");
  expect(line).toMatchObject({ level: 40, name: "test", msg: "said", replyId: "r-1" });
  expect(new Date(line["time"]!).toISOString()).toBe(line["time"]);
});

test("below its level nothing is written", () => {
  expect(logged({}, "error").text).toBe("");
});

test.each(["authorization", "accessToken", "refreshToken", "code", "content", "text", "password", "apiKey", "prompt"])(
  "%s is blacked out wherever it turns up",
  (name) => {
    const { text } = logged({ [name]: "secret-0", a: { [name]: "secret-1", b: { [name]: "secret-2" } } });
    expect(text).not.toContain("secret");
    expect(text.match(/\[redacted\]/g)).toHaveLength(3);
  },
);

describe("of an error", () => {
  test("its kind, message, code, place and cause are shown", () => {
    const cause = Object.assign(new TypeError("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const { line } = logged({ err: new Error("could not be reached", { cause }) });
    expect(line["err"]).toMatchObject({
      type: "Error",
      message: "could not be reached",
      cause: { type: "TypeError", message: "connect ECONNREFUSED", errorCode: "ECONNREFUSED" },
    });
  });

  test("its stack begins with its message", () => {
    const { line } = logged({ err: new Error("could not be reached") });
    expect(line["err"]?.["stack"]).toMatch(/^Error: could not be reached\n\s+at .*logger\.test\.ts/);
  });

  test("what it carries is not: PostgreSQL quotes the refused row", () => {
    const error = new Prisma.PrismaClientKnownRequestError("new row violates check constraint", {
      code: "P2039",
      clientVersion: "7",
      meta: { driverAdapterError: { cause: { detail: "Failing row contains (1, my secret)." } } },
    });
    const { text, line } = logged({ err: error });
    expect(text).not.toContain("my secret");
    expect(line["err"]).toMatchObject({ errorCode: "P2039", message: "new row violates check constraint" });
  });

  test("nor the arguments that Prisma prints above what is wrong", () => {
    const message =
      '\nInvalid `db.user.create()` invocation:\n\n{ data: { name: "my secret" } }\n\nUnknown argument `x`.';
    const { text, line } = logged({ err: new Prisma.PrismaClientValidationError(message, { clientVersion: "7" }) });
    expect(text).not.toContain("my secret");
    expect(line["err"]).toMatchObject({ message: "Unknown argument `x`." });
  });

  test("nor the command that Redis refused", () => {
    // As ioredis throws it.
    const command = { name: "evalsha", args: ["my secret"] };
    const { text, line } = logged({ err: Object.assign(new Error("OOM command not allowed"), { command }) });
    expect(text).not.toContain("my secret");
    expect(line["err"]).toMatchObject({ message: "OOM command not allowed" });
  });

  test("nor anything of what was thrown and is no error", () => {
    const { text, line } = logged({ err: { message: "away", body: "my secret" } });
    expect(text).not.toContain("my secret");
    expect(line["err"]).toEqual({ type: "object", message: "away" });
  });

  test("a chain of causes that bites its own tail is cut", () => {
    const error = new Error("round and round");
    error.cause = error;
    expect(logged({ err: error }).text.match(/"type":"Error"/g)?.length).toBe(6);
  });
});
