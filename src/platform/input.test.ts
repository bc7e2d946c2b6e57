import { expect, test } from "vitest";
import { z } from "zod";
import { DomainError } from "../errors.ts";
import { Id, readId, readInput } from "./input.ts";

const Schema = z.object({ title: z.string().trim().max(3), parts: z.array(z.object({ id: Id })).default([]) });

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
});

test("an id is called what its argument is called", () => {
  expect(() => readId("x", "chatroomId")).toThrow("chatroomId: is not an id");
});
