import type { Message } from "../../generated/prisma/client.ts";
import { messageCursor } from "../messages/read-branches.ts";

/** A message as an entry of `Chatroom.messages`; null for one that is in no list yet. */
export const toEdge = (message: Message | null): { cursor: string; node: Message } | null =>
  message && message.status !== "QUEUED" ? { cursor: messageCursor(message), node: message } : null;
