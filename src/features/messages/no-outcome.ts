import type { Message } from "../../generated/prisma/client.ts";

/** What a message that has not come to an end has in place of its outcome. */
export const NO_OUTCOME = {
  finishReason: null,
  errorCode: null,
  errorMessage: null,
  errorRetryAt: null,
  promptTokens: null,
  replyTokens: null,
  cachedTokens: null,
  thoughtTokens: null,
  toolTokens: null,
  promptEstimate: null,
  finishedAt: null,
} satisfies Partial<Message>;
