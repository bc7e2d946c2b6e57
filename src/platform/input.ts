import { z } from "zod";
import { DomainError } from "../errors.ts";

/**
 * Checks an argument of the API.
 *
 * @throws {DomainError} `BAD_USER_INPUT` that names the first wrong field in `field`, and all of them in `issues`
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ field: issue.path.join("."), message: issue.message }));
  const [first] = issues;
  throw new DomainError("BAD_USER_INPUT", first ? `${first.field}: ${first.message}` : undefined, {
    ...(first && { field: first.field }),
    issues,
  });
}

/** An id as this API gives them out. */
export const Id = z.uuid("is not an id");
