import { DomainError } from "../../errors.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";

/** @throws {DomainError} `CONFLICT`, with the head, when the client expects another one */
export function assertExpectedLeaf(
  { activeLeafId }: Pick<Chatroom, "activeLeafId">,
  expectedLeafId: string | null | undefined,
): void {
  if (!expectedLeafId || expectedLeafId === activeLeafId) return;
  throw new DomainError("CONFLICT", "The room has another head than expected.", { headId: activeLeafId });
}
