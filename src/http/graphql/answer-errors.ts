import type { ServerResponse } from "node:http";
import { GraphQLError, type ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { RequestContext } from "../../graphql/context.ts";
import { mapErrors } from "../../graphql/map-error.ts";
import type { Logger } from "../../platform/logger.ts";
import { requestIdOf } from "../request-id.ts";
import { noteRequest } from "../request-log.ts";

/**
 * A Yoga plugin that turns the errors of each answer into what a client may see. Events of subscriptions come here
 * finished.
 */
export const answerErrors = (logger: Logger): Plugin<RequestContext, { res?: ServerResponse }> => ({
  onResultProcess({ result, serverContext: { res }, setResult }) {
    if (Array.isArray(result) || Symbol.asyncIterator in result || !result.errors || !res) return;
    setResult(answerResult(result, res, logger));
  },
  // A socket's answers are not processed above.
  onExecute({ args: { contextValue } }) {
    if (!("socket" in contextValue)) return;
    return {
      onExecuteDone({ result, setResult }) {
        if (Symbol.asyncIterator in result || !result.errors) return;
        setResult({ ...result, errors: mapErrors(result.errors, contextValue.requestId, logger) });
      },
    };
  },
});

/** A result as a client may see it; its errors say the status of the answer. */
export function answerResult<Result extends ExecutionResult>(
  result: Result,
  res: ServerResponse,
  logger: Logger,
): Result {
  const { errors } = result;
  if (!errors) return result;
  const executed = "data" in result;
  const mapped = mapErrors(errors, requestIdOf(res), logger);
  noteRequest(res, { errorCode: codeOf(mapped[0]) });
  return { ...result, errors: mapped.map((error, at) => withStatus(error, errors[at], executed)) };
}

const codeOf = (error: GraphQLError | undefined) => error?.extensions["code"] as string | undefined;

/** Yoga's masking hook: it passes every error on, and the plugin masks it. */
export const passError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError("", { originalError: error instanceof Error ? error : new Error(String(error)) });

/**
 * The status of the answer, where Yoga reads it. An operation that was not run is no success; but a client that accepts
 * only `application/json` gets 200 for a faulty operation (`spec`), as GraphQL over HTTP requires.
 */
function withStatus(mapped: GraphQLError, error: GraphQLError | undefined, executed: boolean): GraphQLError {
  const http = error?.extensions["http"] ?? (executed ? undefined : statusOf(mapped));
  if (http !== undefined) Object.assign(mapped.extensions, { http });
  return mapped;
}

function statusOf({ extensions }: GraphQLError): { status: number; spec?: true } {
  if (extensions["code"] === "INTERNAL") return { status: 500 };
  if (extensions["code"] === "UNAVAILABLE") return { status: 503 };
  return { status: 400, spec: true };
}
