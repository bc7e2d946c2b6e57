import type { Message } from "../../generated/prisma/client.ts";
import { isEnded } from "../rooms/message-status.ts";

/** The message, if it can have counts of tokens: a reply that has ended. */
export const tokensOf = (message: Message): Message | null =>
  message.role === "ASSISTANT" && isEnded(message.status) ? message : null;
