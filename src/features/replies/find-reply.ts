import type { AppContext } from "../../app-context.ts";
import { findMessage } from "../messages/find-message.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";

/**
 * A reply in one of the user's own rooms.
 *
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's; `BAD_USER_INPUT` for a user's message
 */
export async function findReply(ctx: Pick<AppContext, "db">, userId: string, messageId: string): Promise<Message> {
  const message = await findMessage(ctx, userId, messageId, "messageId");
  if (message.role === "ASSISTANT") return message;
  throw new DomainError("BAD_USER_INPUT", "messageId: is a message of the user, not a reply", { field: "messageId" });
}
