import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";

/** Messages along one branch, from the first question to the last reply. */
export const MAX_DEPTH = 5_000;

/**
 * @param parent what a question and its reply, or a reply alone, are to follow
 * @throws {DomainError} `LIMIT_EXCEEDED` when the branch is too long for them
 */
export function assertDepth(parent: Pick<Message, "depth"> | null, added: 1 | 2): void {
  if ((parent?.depth ?? -1) + added < MAX_DEPTH) return;
  throw new DomainError(
    "LIMIT_EXCEEDED",
    `A conversation has at most ${MAX_DEPTH} messages; \`forkChatroom\` from an earlier one.`,
    {
      limit: MAX_DEPTH,
    },
  );
}
