import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventStreamReader, type StreamMessage } from "./event-stream.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a stream says that comes in these network chunks. */
function read(...chunks: (string | Uint8Array)[]): StreamMessage[] {
  const reader = createEventStreamReader();
  const messages = chunks.flatMap((chunk) => reader.read(typeof chunk === "string" ? bytesOf(chunk) : chunk));
  return [...messages, ...reader.end()];
}

/** The data of whole events. */
function readData(...chunks: (string | Uint8Array)[]): string[] {
  return read(...chunks)
    .filter(({ kind }) => kind === "event")
    .map(({ data }) => data);
}

describe("an event stream", () => {
  it.each([
    ["LF", "data: a\n\ndata: b\n\n"],
    ["CR LF", "data: a\r\n\r\ndata: b\r\n\r\n"],
    ["CR", "data: a\r\rdata: b\r\r"],
    ["a mixture of line ends", "data: a\r\n\ndata: b\n\r"],
    ["another mixture", "data: a\r\r\ndata: b\n\r\n"],
    ["no blank after the colon", "data:a\n\ndata:b\n\n"],
    ["comments around the data", ": hi\ndata: a\n:\n\n: ping\n\ndata: b\n:ping\n\n"],
    [
      "an event, an id and a time to wait",
      "event: m\nid: 1\nretry: 10\ndata: a\n\nid\nretry: x\ndata: b\nevent: n\n\n",
    ],
    ["unknown fields", "data: a\nfoo: bar\nfoo\n\nDATA: no\ndata: b\n\n"],
    ["events without data", "\n\nevent: x\n\ndata: a\n\ndata\n\ndata:\n\ndata: b\n\n"],
    ["a byte order mark", "\uFEFFdata: a\n\ndata: b\n\n"],
  ])("has the same events with %s, whole or byte by byte", (_, stream) => {
    expect(readData(stream)).toEqual(["a", "b"]);
    const bytes = bytesOf(stream);
    expect(readData(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(["a", "b"]);
  });

  it("joins several lines of data, and takes away one blank only", () => {
    expect(readData("data: {\ndata:  1\ndata\ndata:}\n\n")).toEqual(["{\n 1\n\n}"]);
  });

  it("hands an event on with its last line, also where lines end with CR", () => {
    const reader = createEventStreamReader();
    expect(reader.read(bytesOf("data: a\r\r"))).toMatchObject([{ data: "a" }]);
    expect(reader.read(bytesOf("\ndata: b\r\n\r"))).toMatchObject([{ data: "b" }]);
    expect(reader.read(bytesOf("\n\n\r"))).toEqual([]);
  });

  it("knows characters that come in two network chunks, and those that are none", () => {
    const bytes = bytesOf("data: é山😀\n\n");
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(readData(bytes.slice(0, at), bytes.slice(at))).toEqual(["é山😀"]);
    }
    expect(readData("data: ", Uint8Array.of(0xff, 0xf0, 0x9f), "!\n\n")).toEqual(["\uFFFD\uFFFD!"]);
  });

  it("says of which type an event is", () => {
    expect(read("event: error\ndata: a\n\ndata: b\n\n")).toEqual([
      { kind: "event", type: "error", data: "a" },
      { kind: "event", type: undefined, data: "b" },
    ]);
  });

  it.each(["data: a", "data: a\n", "data: a\r\n", "data: a\r", "data: a\nid: 1"])(
    "that ends within an event says so: %j",
    (stream) => {
      expect(read("data: 1\n\n", stream)).toMatchObject([
        { kind: "event", data: "1" },
        { kind: "unfinished", data: "a" },
      ]);
    },
  );

  it("hands on JSON that stands there by itself, and no other lines", () => {
    const found = read('<p>\nno\n\n{"a": 1}\n[{\n  "b": {\n  }\n}\n,\n{"c": 2}\r\n]\n', '{"half":\n  1');
    expect(found.map(({ kind, data }) => [kind, data])).toEqual([
      ["stray", '{"a": 1}'],
      ["stray", '[{\n  "b": {\n  }\n}'],
      ["stray", ',\n{"c": 2}\n]'],
      ["stray", '{"half":\n  1'],
    ]);
  });

  it("is the same wherever it is cut", () => {
    const line = fc.constantFrom(
      "data: x",
      "data:",
      "data",
      ": c",
      "event: e",
      "id: 1",
      "{",
      "}",
      "",
      "",
      "é😀",
      "data: 山",
    );
    const stream = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n")), { maxLength: 20 });
    fc.assert(
      fc.property(stream, fc.array(fc.nat(12)), (lines, sizes) => {
        const bytes = bytesOf(lines.flat().join(""));
        const cuts: Uint8Array[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) cuts.push(bytes.slice(at, (at += size)));
        expect(read(...cuts)).toEqual(read(bytes));
      }),
    );
  });
});

describe("an event that is too large", () => {
  const kib = "x".repeat(1024);
  const many = (count: number, text: string) => Array.from({ length: count }, () => text);

  it.each([
    ["one line", ["data: ", ...many(8 * 1024 + 1, kib)]],
    ["many lines", many(8 * 1024 + 1, `data: ${kib}\n`)],
    ["a comment", [":", ...many(8 * 1024 + 1, kib)]],
    ["lines that are no field", ["{\n", ...many(8 * 1024 + 1, ` ${kib}\n`)]],
    ["too many of them", many(20_001, "x\n")],
  ])("is not read, but those before it are: %s", (_, chunks) => {
    const messages = read("data: first\n\n", ...chunks, "\n\ndata: last\n\n");
    expect(messages.map(({ kind }) => kind)).toEqual(["event", "too large"]);
  });

  it("is one of more than 8 MiB", () => {
    const [data] = readData("data: ", ...many(8 * 1024 - 1, kib), "\n\n");
    expect(data).toHaveLength((8 * 1024 - 1) * 1024);
  });
});
