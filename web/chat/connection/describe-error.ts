import { CombinedGraphQLErrors } from "@apollo/client";
import { ApiError } from "../../../packages/client/src/request.ts";

type Refusal = Readonly<{ code: string; message: string; details: Readonly<Record<string, unknown>> }>;

/** What the API refused; undefined where the API was not reached, or the page itself is at fault. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof ApiError) return { code: error.code, message: error.message, details: error.details };
  if (!CombinedGraphQLErrors.is(error)) return undefined;
  const [first] = error.errors;
  const details = first?.extensions ?? {};
  return { code: String(details["code"]), message: first?.message ?? "", details };
}

/** An error in words for the person whom it stops. */
export function describeError(error: unknown): string {
  const refusal = refusalOf(error);
  if (!refusal) return "The server cannot be reached. Check the connection and try again.";
  const { code, message, details } = refusal;
  switch (code) {
    case "OTP_INVALID":
      return "The code is wrong, or was used before.";
    case "OTP_EXPIRED":
      return "The code is too old. Ask for a new one.";
    case "CREDENTIALS_INVALID":
      return "The number or the password is wrong.";
    case "RATE_LIMITED":
      return `Too many tries. Wait ${describeWait(Number(details["retryAfter"] ?? 60))} and try again.`;
    case "UNAVAILABLE":
      return "The server is busy. Try again in a moment.";
    case "NOT_FOUND":
    case "BAD_USER_INPUT":
    case "BILLING_DISABLED":
    case "BILLING_UNAVAILABLE":
    case "ALREADY_SUBSCRIBED":
      return message;
    default:
      return message || "Something went wrong. Try again.";
  }
}

function describeWait(seconds: number): string {
  if (seconds < 100) return `${Math.max(1, Math.ceil(seconds))} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
