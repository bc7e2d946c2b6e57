import type { Message } from "../../generated/prisma/client.ts";

type Columns = ReadonlySet<string>;

const brief = [
  "id",
  "parentId",
  "depth",
  "role",
  "content",
  "status",
  "attempt",
  "draftAttempt",
  "createdAt",
] satisfies (keyof Message)[];
const shown = [
  "chatroomId",
  "clientId",
  "nextTryAt",
  "errorCode",
  "errorMessage",
  "errorRetryAt",
] satisfies (keyof Message)[];

/** What most ask for of a message, and what its page needs: a fourth of the columns, and of the time to read them. */
export const BRIEF: Columns = new Set(brief);

/** What a chat page shows of a message beside what has rows of its own, such as its parts: less than half of the columns. */
export const SHOWN: Columns = new Set([...brief, ...shown]);
