import { execute as executeByGraphql, type ExecutionArgs, type ExecutionResult } from "graphql";
import { AnswerTooLarge, MAX_ANSWER_BYTES } from "../platform/answer-limit.ts";
import type { RequestContext } from "./context.ts";
import { perRequest } from "./per-request.ts";

/** What the long texts of an answer have come to. */
const sizeOf = perRequest(() => ({ bytes: 0 }));

/**
 * Counts a long text towards its answer, each time the answer contains it.
 *
 * @throws {AnswerTooLarge} then the answer has no data at all
 */
export function countText<Text extends string | null>(text: Text, context: RequestContext): Text {
  if (text === null) return text;
  const size = sizeOf(context);
  // Escapes count as they are sent: a control character is one byte in memory, and six in JSON.
  size.bytes += Buffer.byteLength(JSON.stringify(text));
  if (size.bytes > MAX_ANSWER_BYTES) throw new AnswerTooLarge();
  return text;
}

/** Executes an operation, or one event of a subscription. An answer that is too large tells nothing but that. */
export function executeWithin(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const result = executeByGraphql(args);
  return result instanceof Promise ? result.then(refuseTooLarge) : refuseTooLarge(result);
}

function refuseTooLarge(result: ExecutionResult): ExecutionResult {
  const error = result.errors?.find(({ originalError }) => originalError instanceof AnswerTooLarge);
  return error ? { data: null, errors: [error] } : result;
}
