import { setImmediate as nextTurn } from "node:timers/promises";
import { execute as executeByGraphql, GraphQLError, type ExecutionArgs, type ExecutionResult } from "graphql";
import { AnswerTooLarge, MAX_ANSWER_BYTES } from "../platform/answer-limit.ts";
import type { RequestContext } from "./context.ts";
import { perRequest } from "./per-request.ts";

/** What the long texts of an answer have come to. */
const sizeOf = perRequest(() => ({ bytes: 0 }));

/**
 * Counts a long text towards its answer, each time the answer contains it. What comes after the refusal is returned
 * uncounted, as none of it is sent: thousands of refusals would take longer than the answer.
 *
 * @throws {AnswerTooLarge} once for an answer, which then has no data at all
 */
export function countText<Text extends string | null>(text: Text, context: RequestContext): Text {
  const size = sizeOf(context);
  if (text === null || size.bytes > MAX_ANSWER_BYTES) return text;
  size.bytes += bytesOf(text);
  if (size.bytes > MAX_ANSWER_BYTES) throw new AnswerTooLarge();
  return text;
}

/** All but what JSON has as it is: controls, quotation marks, backslashes, and halves of surrogate pairs. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Escapes count as they are sent: a control character is one byte in memory, and six in JSON. */
const bytesOf = (text: string): number =>
  ESCAPED.test(text) ? Buffer.byteLength(JSON.stringify(text)) : Buffer.byteLength(text) + 2;

/** An answer with more bytes of long texts takes so long to write that others go first. */
const LONG_BYTES = 256 * 1024;

/** Executes an operation, or one event of a subscription. An answer that is too large tells nothing but that. */
export function executeWithin(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const result = executeByGraphql(args);
  return result instanceof Promise ? result.then((executed) => settle(executed, args)) : settle(result, args);
}

function settle(result: ExecutionResult, { contextValue }: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const { bytes } = sizeOf(contextValue as RequestContext);
  const settled = refuseTooLarge(result, bytes > MAX_ANSWER_BYTES);
  return bytes > LONG_BYTES ? nextTurn(settled) : settled;
}

/** @param refused whether a text was refused: another error may stand where its own would be */
function refuseTooLarge(result: ExecutionResult, refused: boolean): ExecutionResult {
  const error = result.errors?.find(({ originalError }) => originalError instanceof AnswerTooLarge);
  if (error) return { data: null, errors: [error] };
  if (!refused) return result;
  const originalError = new AnswerTooLarge();
  return { data: null, errors: [new GraphQLError(originalError.message, { originalError })] };
}
