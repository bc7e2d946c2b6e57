import type { ModelErrorCode } from "../../platform/gemini/model.ts";

/** Why a reply failed or was blocked: what the provider or the network did wrong, and what stopped it here. */
export type ReplyErrorCode =
  | ModelErrorCode
  | "MODEL_BLOCKED"
  | "COST_EXCEEDED"
  | "WORKER_CRASHED"
  | "REPLY_UNSTORABLE"
  | "OTHER";

/** Each with what it means, and whether asking again may succeed. */
export const REPLY_ERRORS: Readonly<Record<ReplyErrorCode, { description: string; retryable: boolean }>> = {
  MODEL_BLOCKED: { description: "The model's provider blocked the question or the reply.", retryable: false },
  MODEL_EMPTY: { description: "The model ended without an answer.", retryable: true },
  MODEL_QUOTA: { description: "The model's quota is used up for longer than a reply waits.", retryable: true },
  MODEL_RATE_LIMITED: { description: "The model was asked too much, try after try.", retryable: true },
  MODEL_REJECTED: { description: "The provider refused the request as wrong.", retryable: false },
  MODEL_RETIRED: { description: "The provider has shut the model down.", retryable: false },
  MODEL_STREAM_CUT: { description: "The answer broke off, try after try.", retryable: true },
  MODEL_TIMEOUT: { description: "The model was silent for too long.", retryable: true },
  MODEL_TOO_LONG: { description: "The message alone has more tokens than the model reads.", retryable: false },
  MODEL_UNAUTHORIZED: { description: "The provider refused the server's key.", retryable: false },
  MODEL_UNAVAILABLE: { description: "The provider was not available.", retryable: true },
  MODEL_UNREADABLE: { description: "A part of the answer was too large to be read.", retryable: false },
  COST_EXCEEDED: { description: "The day's budget for replies is used up.", retryable: true },
  WORKER_CRASHED: { description: "The reply was interrupted too many times.", retryable: true },
  REPLY_UNSTORABLE: { description: "The reply could not be stored.", retryable: true },
  OTHER: { description: "A fault that this release does not know by name; `code` has it.", retryable: true },
};

/** @param code as it is stored, maybe by another release */
export const toReplyErrorCode = (code: string): ReplyErrorCode =>
  Object.hasOwn(REPLY_ERRORS, code) ? (code as ReplyErrorCode) : "OTHER";
