import { PassThrough, Readable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { readEvents, type GeminiEvent } from "./events.ts";

async function read(stream: string): Promise<GeminiEvent[]> {
  const reader = readEvents(Readable.from([Buffer.from(stream)]));
  const events: GeminiEvent[] = [];
  for (let event = await reader.next(); event; event = await reader.next()) events.push(event);
  return events;
}

const wrap = (value: unknown, type?: string) => `${type ? `event: ${type}\n` : ""}data: ${JSON.stringify(value)}\n\n`;

describe("the events of an answer", () => {
  it("may be spread over several lines, several in one, or stand there as a list", async () => {
    const [one, two] = [{ candidates: [1] }, { candidates: [2] }];
    const pretty = JSON.stringify(one, null, 2)
      .split("\n")
      .map((line) => `data: ${line}\n`)
      .join("");
    expect(await read(`${pretty}\n${wrap([one, two])}`)).toEqual([one, one, two]);
    expect(await read(JSON.stringify([one, two]))).toEqual([one, two]);
    const asGoogleDoes = `[${JSON.stringify(one, null, 2)}\n,\n${JSON.stringify(two, null, 2)}\n]\n`;
    expect(await read(asGoogleDoes)).toEqual([one, two]);
  });

  it("may have numbers that are none, which are null", async () => {
    const text = "is NaN, and -Infinity, \\\\";
    const event = `data: {"text": "${text} \\"", "a": NaN, "b": [-Infinity, Infinity]}\n\n`;
    expect(await read(event)).toEqual([{ text: `is NaN, and -Infinity, \\ "`, a: null, b: [null, null] }]);
  });

  it("are read in linear time, also those that are wrong", async () => {
    const hostile = [
      `{"a": NaN, "b": "${'\\\\"'.repeat(1 << 20)}`,
      `{"a": NaN, "b": "${"x".repeat(1 << 22)}`,
      `${'"'.repeat(1 << 22)}NaN`,
    ];
    for (const data of hostile) await expect(read(`data: ${data}\n\n`)).rejects.toThrow(SyntaxError);
    expect(await read(`data: {"a": NaN, "b": "${"x".repeat(1 << 22)}"}\n\n`)).toMatchObject([{ a: null }]);
  });

  it.each(["data: [DONE]", "data: null", "data: 5", 'data: {"a"', "data: x"])(
    "that cannot be read: %j",
    async (event) => {
      await expect(read(`${event}\n\n`)).rejects.not.toMatchObject({ name: "ApiError" });
    },
  );

  it("end with the last whole one", async () => {
    expect(await read(`${wrap({ a: 1 })}data: {"b": 2}`)).toEqual([{ a: 1 }]);
    expect(await read(`${wrap({ a: 1 })}data: {"b": `)).toEqual([{ a: 1 }]);
  });

  it("are read ahead up to a limit, and the rest once those are taken", async () => {
    const large = { candidates: ["x".repeat(50_000)] };
    const body = new PassThrough({ highWaterMark: 1_000_000 });
    const reader = readEvents(body);
    body.write(wrap(large));
    body.write(wrap(large));
    body.end(wrap(large));
    expect(await reader.next()).toEqual(large);
    await vi.waitFor(() => expect(body.isPaused()).toBe(true));
    expect(body.readableLength).toBeGreaterThan(0);
    for (const event of [large, large, undefined]) expect(await reader.next()).toEqual(event);
  });

  it("that have come before the answer breaks off are taken before", async () => {
    const body = new PassThrough();
    const reader = readEvents(body);
    body.write(wrap({ a: 1 }) + wrap({ b: 2 }));
    await vi.waitFor(() => expect(body.readableLength).toBe(0));
    body.destroy(new Error("reset"));
    expect([await reader.next(), await reader.next()]).toEqual([{ a: 1 }, { b: 2 }]);
    await expect(reader.next()).rejects.toThrow("reset");
    await expect(reader.next()).rejects.toThrow("reset");
  });
});

describe("an error in a stream", () => {
  const error = (fields: object) => ({ error: { message: "No.", ...fields } });

  it.each<[string, unknown, number]>([
    ["an object", error({ code: 429, status: "RESOURCE_EXHAUSTED" }), 429],
    ["a list", [error({ code: 503 })], 503],
    ["a list within", { error: [{ code: 503 }] }, 503],
    ["a code as text", error({ code: "403" }), 403],
    ["a code by name", error({ code: "RESOURCE_EXHAUSTED" }), 429],
    ["a code by google.rpc's number", error({ code: 14 }), 503],
    ["a status only", error({ status: "UNAVAILABLE" }), 503],
    ["a status in small letters", error({ status: "invalid_argument" }), 400],
    ["a status that is unknown", error({ status: "ODD" }), 500],
    ["a code that is none", error({ code: 42.5 }), 500],
    ["neither code nor status", error({}), 500],
    ["nothing", { error: {} }, 500],
    ["true", { error: true }, 500],
    ["a number", { error: 404 }, 404],
    ["a text", { error: "Something broke" }, 500],
    ["a text that begins with a number", { error: "429 Too Many Requests" }, 429],
    ["a text with a status", { error: "got status: 503 Service Unavailable." }, 503],
    ["a text with a name", { error: "rpc error: RESOURCE_EXHAUSTED" }, 429],
    ["a text with some number", { error: "no more than 450 words" }, 500],
    ["JSON in a text", { error: JSON.stringify(error({ code: 401 })) }, 401],
    ["JSON in its message", error({ message: JSON.stringify(error({ code: 429 })) }), 429],
    ["a google.rpc.Status by itself", { code: 8, message: "Quota", details: [] }, 429],
    ["a text by itself", "overloaded", 500],
  ])("is what an HTTP answer would be: %s", async (_, value, status) => {
    const before = wrap({ candidates: [] });
    const pretty = JSON.stringify(value, null, 2);
    const shapes = [wrap(value), wrap(value, "error"), `data: ${JSON.stringify(value)}`];
    const bare = typeof value === "string" ? [] : [pretty, `${pretty}\n\n`, JSON.stringify(value)];
    for (const shape of [...shapes, ...bare]) {
      await expect(read(before + shape)).rejects.toMatchObject({ name: "ApiError", status });
    }
  });

  it("may be words of an event of that type", async () => {
    await expect(read("event: error\ndata: the backend went away\n\n")).rejects.toMatchObject({ status: 500 });
    await expect(read(wrap({ message: "Overloaded", type: "x" }, "error"))).rejects.toMatchObject({ status: 500 });
  });

  it.each([
    { error: null },
    { error: false },
    { error: "" },
    { message: "Hi", code: 0 },
    { message: "Hi", status: "OK" },
  ])("is not what only looks like it: %j", async (value) => {
    expect(await read(wrap(value))).toEqual([value]);
  });

  it("keeps what it says", async () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }];
    await expect(read(wrap([error({ code: "429", details })]))).rejects.toThrow(/"retryDelay":"7s"/);
  });
});
