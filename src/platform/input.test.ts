import { expect, test } from "vitest";
import { z } from "zod";
import { DomainError } from "../errors.ts";
import { Id, readId, readInput } from "./input.ts";
import { textOf } from "./text/text.ts";

const Schema = z.object({
  title: z.string().trim().max(3),
  text: textOf(9).optional(),
  parts: z.array(z.object({ id: Id, note: z.string().optional() })).default([]),
});
const ID = "01a1ffca-a817-751a-8420-6b7e3907cbfe";

function refusal(input: unknown): DomainError {
  try {
    readInput(Schema, input);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

test("gives the input as the schema makes it", () => {
  expect(readInput(Schema, { title: " abc " })).toEqual({ title: "abc", parts: [] });
});

test("names what is wrong, the first and all of it", () => {
  const error = refusal({ title: "abcd", parts: [{ id: "x" }] });
  expect(error).toMatchObject({ code: "BAD_USER_INPUT", details: { field: "title" } });
  expect(error.message.startsWith("title: ")).toBe(true);
  expect(error.details.issues?.map(({ field }) => field)).toEqual(["title", "parts.0.id"]);
  expect(error.details.issues?.[1]?.message).toBe("is not an id");
});

test("does not repeat what was given", () => {
  expect(JSON.stringify(refusal({ title: "my secret" }))).not.toContain("my secret");
});

test.each(["01a1ffca-a817-751a-8420-6b7e3907cbfe", "01A1FFCA-A817-751A-8420-6B7E3907CBFE"])("%s is an id", (id) => {
  expect(Id.safeParse(id).success).toBe(true);
});

test.each(["", "1", "01a1ffca-a817-751a-8420-6b7e3907cbf", "01a1ffca-a817-751a-8420-6b7e3907cbfe ", "../../etc"])(
  "%s is no id",
  (id) => {
    expect(Id.safeParse(id).success).toBe(false);
  },
);

test("a text that PostgreSQL cannot store is refused, and its field named", () => {
  expect(refusal({ title: "a\0" })).toMatchObject({ code: "BAD_USER_INPUT", details: { field: "title" } });
  expect(refusal({ title: "a", text: "\0" }).details.field).toBe("text");
  expect(refusal({ title: "a", parts: [{ id: ID, note: "\0" }] }).details.field).toBe("parts.0.note");
});

test("half of a surrogate pair is replaced in a text of people, and refused in everything else", () => {
  expect(readInput(Schema, { title: "a", text: "\ud800" }).text).toBe("\ufffd");
  expect(refusal({ title: "\ud800" })).toMatchObject({ code: "BAD_USER_INPUT", details: { field: "title" } });
  expect(refusal({ title: "a", parts: [{ id: ID, note: "\udfff" }] }).details.field).toBe("parts.0.note");
});

test("an id is read as this API writes it", () => {
  expect(readId(ID.toUpperCase(), "id")).toBe(ID);
  expect(readInput(Schema, { title: "a", parts: [{ id: ID.toUpperCase() }] }).parts[0]?.id).toBe(ID);
});

test("an id is called what its argument is called", () => {
  expect(() => readId("x", "chatroomId")).toThrow("chatroomId: is not an id");
});
