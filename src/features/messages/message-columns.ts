import type { Message } from "../../generated/prisma/client.ts";

/** What most ask for of a message, and what its page needs: a fourth of the columns, and of the time to read them. */
export const BRIEF: ReadonlySet<string> = new Set([
  "id",
  "parentId",
  "depth",
  "role",
  "content",
  "status",
  "attempt",
  "draftAttempt",
  "createdAt",
] satisfies (keyof Message)[]);
