import { z } from "zod";
import { DomainError } from "../errors.ts";
import { hasLoneSurrogate } from "./text/text.ts";

/**
 * Checks an argument of the API. U+0000 is refused everywhere. So is a lone surrogate, unless the schema replaces it
 * (`textOf`, `lineOf`): two different texts, such as client ids, never become the same.
 *
 * @throws {DomainError} `BAD_USER_INPUT` that names the first wrong field in `field`, and all of them in `issues`
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  const issues = [
    ...(parsed.error?.issues ?? []).map((issue) => ({ field: issue.path.join("."), message: issue.message })),
    ...findTexts(input, (text) => text.includes("\0"), "has the character U+0000, which cannot be stored"),
    ...findTexts(parsed.data, hasLoneSurrogate, "has half of a surrogate pair, which is no character"),
  ];
  if (parsed.success && issues.length === 0) return parsed.data;
  throw badInput(issues);
}

type Issue = Readonly<{ field: string; message: string }>;

function badInput(issues: readonly Issue[]): DomainError {
  const [first] = issues;
  return new DomainError("BAD_USER_INPUT", first ? `${first.field}: ${first.message}` : undefined, {
    ...(first && { field: first.field }),
    issues,
  });
}

/** Finds the faulty texts in an input, at any depth. */
function findTexts(input: unknown, isWrong: (text: string) => boolean, message: string, path: string[] = []): Issue[] {
  if (typeof input === "string") return isWrong(input) ? [{ field: path.join("."), message }] : [];
  if (typeof input !== "object" || input === null) return [];
  return Object.entries(input).flatMap(([name, value]) => findTexts(value, isWrong, message, [...path, name]));
}

/** An id as this API gives them out, which is in lower case: ids are compared as text. */
export const Id = z.uuid("is not an id").toLowerCase();

/**
 * Checks an argument that is an id.
 *
 * @param field what the argument is called
 * @returns the id as this API writes it
 * @throws {DomainError} `BAD_USER_INPUT`
 */
export function readId(id: string, field: string): string {
  const { error, data } = Id.safeParse(id);
  if (error) throw badInput(error.issues.map(({ message }) => ({ field, message })));
  return data;
}
