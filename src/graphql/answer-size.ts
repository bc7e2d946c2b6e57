import { setImmediate as nextTurn } from "node:timers/promises";
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
  const settled = refuseTooLarge(result);
  return sizeOf(contextValue as RequestContext).bytes > LONG_BYTES ? nextTurn(settled) : settled;
}

function refuseTooLarge(result: ExecutionResult): ExecutionResult {
  const error = result.errors?.find(({ originalError }) => originalError instanceof AnswerTooLarge);
  return error ? { data: null, errors: [error] } : result;
}
