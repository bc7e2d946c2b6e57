/**
 * Every code a client can meet in `errors[].extensions.code`. The list is part of the API: a code is
 * added, never renamed.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: "No valid access token came with the request. Sign in, or refresh the session.",
  FORBIDDEN: "The signed-in user may not do this.",
  NOT_FOUND: "There is no such thing, or it belongs to somebody else.",
  BAD_USER_INPUT: "An argument is wrong; `field` names it.",
  MODEL_NOT_ALLOWED:
    "The server does not offer this model, or the user's plan does not cover it; `field` names the argument.",
  MODEL_RETIRED: "The model's provider has shut it down; `replacedBy` names the model to choose instead, or is null.",
  UNSUPPORTED: "The model does not have what a setting asks for; `field` names the setting.",
  OTP_INVALID: "The code is wrong, was used before, or had too many wrong guesses.",
  OTP_EXPIRED: "The code is too old. Ask for a new one.",
  CREDENTIALS_INVALID: "The number or the password is wrong.",
  RATE_LIMITED: "Too many requests; try again after `retryAfter` seconds.",
  QUOTA_EXCEEDED:
    "The day's messages are used up, or what replies may cost in a day: `quota` says which (`MESSAGES`, `COST`). The quota resets at `resetAt`; Pro allows `proLimit` messages a day.",
  LIMIT_EXCEEDED: "There are as many of these as there may be; `limit` is the number.",
  REPLY_IN_PROGRESS: "The room's last reply is still running; `replyId` names it.",
  QUEUE_FULL: "The room's queue has as many messages as it may, which `limit` names.",
  CONFLICT:
    "The room has a newer message, or the `clientId` was used for another message; `headId` is the last message now.",
  BILLING_DISABLED: "This server has no payment provider, so it sells nothing.",
  BILLING_UNAVAILABLE:
    "The payment provider refuses requests: nothing can be bought or managed for now. Trying again at once does not help.",
  ALREADY_SUBSCRIBED: "The user has a subscription already; the billing portal changes it.",
  OPERATION_TOO_COMPLEX: "The operation is too deep, too wide or too costly.",
  PERSISTED_QUERY_NOT_FOUND: "The server does not know this hash: send the operation once with its text.",
  UNAVAILABLE: "A service that the server depends on is unavailable; try again after `retryAfter` seconds.",
  INTERNAL: "Something broke on the server; `requestId` leads to it in the log.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Details that a program needs to handle an error; each code's description names the details it carries. */
export type ErrorDetails = Readonly<{
  field?: string;
  issues?: readonly { field: string; message: string }[];
  retryAfter?: number;
  resetAt?: string;
  limit?: number;
  used?: number;
  /** Which limit of the day was met. */
  quota?: "MESSAGES" | "COST";
  /** Null for no limit. */
  proLimit?: number | null;
  replyId?: string;
  headId?: string | null;
  /** The id of a model. */
  replacedBy?: string | null;
}>;

/** A refusal for the client. Use cases throw it; `mapError` turns it into a GraphQL error. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string = ERROR_CODES[code], details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
