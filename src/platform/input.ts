import { z } from "zod";
import { DomainError } from "../errors.ts";

/**
 * Checks an argument of the API.
 *
 * @throws {DomainError} `BAD_USER_INPUT` that names the first wrong field in `field`, and all of them in `issues`
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  const issues = [
    ...(parsed.error?.issues ?? []).map((issue) => ({ field: issue.path.join("."), message: issue.message })),
    ...unstorable(input),
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

/** PostgreSQL stores any character but this one. */
const UNSTORABLE = "\0";

function unstorable(input: unknown): Issue[] {
  return Object.entries(input ?? {})
    .filter(([, value]) => typeof value === "string" && value.includes(UNSTORABLE))
    .map(([field]) => ({ field, message: "has the character U+0000, which cannot be stored" }));
}

/** An id as this API gives them out. */
export const Id = z.uuid("is not an id");

/**
 * Checks an argument that is an id.
 *
 * @param field what the argument is called
 * @throws {DomainError} `BAD_USER_INPUT`
 */
export function readId(id: string, field: string): string {
  const { error } = Id.safeParse(id);
  if (error) throw badInput(error.issues.map(({ message }) => ({ field, message })));
  return id;
}
