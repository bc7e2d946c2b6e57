import { PothosValidationError } from "@pothos/core";
import { GraphQLError, type GraphQLErrorExtensions, type GraphQLErrorOptions } from "graphql";
import { DomainError, ERROR_CODES } from "../errors.ts";
import { isTransient } from "../platform/is-transient.ts";
import { isUnreadableValue } from "../platform/postgres/is-unreadable-value.ts";
import type { Logger } from "../platform/logger.ts";

const RETRY_AFTER_S = 2;

/**
 * Bounds of what an answer says of errors. graphql-js quotes what a client sent, in each error again: without them 255 KB
 * of request get 25 MB of answer.
 */
export const ERROR_LIMITS = {
  errors: 100,
  /** UTF-16 code units of one message. */
  messageLength: 500,
  /** Locations in the document that one error names. */
  locations: 5,
  /** UTF-16 code units of all errors of an answer, as JSON. */
  totalLength: 64 * 1024,
} as const;

/**
 * Turns all errors of one answer into what a client may see. What is beyond the bounds is left out, and counted by the
 * last one.
 */
export function mapErrors(errors: readonly unknown[], requestId: string, logger: Logger): GraphQLError[] {
  const mapped: GraphQLError[] = [];
  let length = 0;
  for (const error of errors.slice(0, ERROR_LIMITS.errors)) {
    const next = mapError(error, requestId, logger);
    length += JSON.stringify(next).length;
    if (length > ERROR_LIMITS.totalLength && mapped.length > 0) break;
    mapped.push(next);
  }
  const left = errors.length - mapped.length;
  if (left > 0)
    mapped.push(new GraphQLError(`${left} more errors are left out.`, { extensions: codeOf(mapped.at(-1)) }));
  return mapped;
}

const codeOf = (error: GraphQLError | undefined) => ({ code: error?.extensions["code"] });

/**
 * Turns whatever was thrown into what a client may see: refusals with their code and details, faults of the
 * operation as graphql-js words them, and everything else masked, logged, and found again by the request id.
 */
export function mapError(error: unknown, requestId: string, logger: Logger): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? undefined) : error;
  const location = locationOf(error);
  if (cause instanceof DomainError) {
    return new GraphQLError(clip(cause.message), { ...location, extensions: { code: cause.code, ...cause.details } });
  }
  if (error instanceof GraphQLError && isFaultOfOperation(error)) {
    return new GraphQLError(clip(error.message), { ...location, extensions: extensionsOf(error) });
  }
  if (isUnreadableValue(cause)) {
    logger.warn({ err: cause, requestId, path: location.path }, "a value that cannot be read");
    return new GraphQLError("A cursor or a text cannot be read.", {
      ...location,
      extensions: { code: "BAD_USER_INPUT" },
    });
  }
  if (isTransient(cause)) {
    logger.warn({ err: cause, requestId, path: location.path }, "a service is unavailable");
    return new GraphQLError("A service that the server depends on is unavailable.", {
      ...location,
      extensions: { code: "UNAVAILABLE", retryAfter: RETRY_AFTER_S },
    });
  }
  logger.error({ err: cause, requestId, path: location.path }, "unexpected error");
  return new GraphQLError("Something broke on the server.", {
    ...location,
    extensions: { code: "INTERNAL", requestId },
  });
}

/**
 * Whether graphql-js, Yoga or Pothos found it in the operation: one that does not parse or validate, variables that do
 * not fit, a cursor that is none. What graphql-js says of our own data has a path, and no location in the document.
 */
function isFaultOfOperation({ originalError: cause, path }: GraphQLError): boolean {
  if (cause === undefined) return true;
  if (!(cause instanceof GraphQLError)) return false;
  return path === undefined || cause.nodes !== undefined || cause instanceof PothosValidationError;
}

/** Codes and details of ours; others have codes of their own, and say things of the server. */
function extensionsOf(error: GraphQLError): GraphQLErrorExtensions {
  const extensions = { ...error.extensions };
  // For Yoga, which looks at the error before it comes here.
  delete extensions["http"];
  const { code } = extensions;
  return typeof code === "string" && Object.hasOwn(ERROR_CODES, code) ? extensions : { code: "BAD_USER_INPUT" };
}

function locationOf(error: unknown): GraphQLErrorOptions {
  if (!(error instanceof GraphQLError)) return {};
  const { nodes, path, source, positions } = error;
  return {
    nodes: nodes?.slice(0, ERROR_LIMITS.locations) ?? null,
    path: path ?? null,
    source: source ?? null,
    positions: positions?.slice(0, ERROR_LIMITS.locations) ?? null,
  };
}

const clip = (message: string): string =>
  message.length <= ERROR_LIMITS.messageLength ? message : `${message.slice(0, ERROR_LIMITS.messageLength - 1)}…`;
