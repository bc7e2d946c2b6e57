import { expect, test } from "vitest";
import { lineOf, textOf, toStorable } from "./text.ts";

test("a text keeps its lines and its directions, and gets U+FFFD for half of a pair", () => {
  const read = (text: string) => textOf(20).parse(text);
  expect(read(" a\n\u202eb\u202c ")).toBe(" a\n\u202eb\u202c ");
  expect(read("\ud83d\ude00\ud83d")).toBe("\u{1f600}\ufffd");
  expect(read("\udc00\ud800")).toBe("\ufffd\ufffd");
});

test("a text is counted in UTF-16 code units", () => {
  expect(textOf(4).safeParse("\u{1f600}\u{1f600}").success).toBe(true);
  expect(textOf(4).safeParse("\u{1f600}\u{1f600}.").success).toBe(false);
});

test("a line has one line, no change of direction, and no blanks at its ends", () => {
  const read = (text: string) => lineOf(40).parse(text);
  expect(read("\u200b  A\r\n\tline\u2029 of\u0007its own\u3164")).toBe("A line of its own");
  expect(read("invoice\u202efdp.exe\u2066\u200f")).toBe("invoicefdp.exe");
  expect(read("half \ud83d")).toBe("half \ufffd");
  expect(read("\u{1f469}\u200d\u{1f680} \u{1f1e9}\u{1f1ea} ❤\ufe0f")).toBe(
    "\u{1f469}\u200d\u{1f680} \u{1f1e9}\u{1f1ea} ❤\ufe0f",
  );
});

test("a line is counted in code points", () => {
  expect(lineOf(3).safeParse("\u{1f600}".repeat(3)).success).toBe(true);
  expect(lineOf(3).safeParse("\u{1f600}".repeat(4)).success).toBe(false);
});

test.each(["", " \n", "\u200b", "\u2800\u3164", "\u202e\u00ad", "\u0007\u001b"])("%j is empty", (text) => {
  for (const schema of [textOf(9), lineOf(9)])
    expect(schema.safeParse(text).error?.issues[0]?.message).toBe("is empty");
});

test("a longest line and a longest body of blanks take no time", () => {
  const body = " \u200b".repeat(130_000);
  expect([lineOf(200).safeParse(body).success, textOf(300_000).safeParse(body).success]).toEqual([false, false]);
});

test("what is not refused is stored as far as it can be", () => {
  expect(toStorable("a\0b\ud800c")).toBe("a\ufffdb\ufffdc");
});
