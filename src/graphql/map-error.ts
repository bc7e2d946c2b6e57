import { PothosValidationError } from "@pothos/core";
import { GraphQLError, type GraphQLErrorExtensions, type GraphQLErrorOptions } from "graphql";
import { DomainError, ERROR_CODES } from "../errors.ts";
import { isPartAway } from "../platform/is-part-away.ts";
import { isUnreadableValue } from "../platform/is-unreadable-value.ts";
import type { Log } from "../platform/log.ts";

const RETRY_AFTER_S = 2;

/**
 * Turns whatever was thrown into what a client may see: refusals with their code and details, faults of the
 * operation as graphql-js words them, and everything else masked, logged, and found again by the request id.
 */
export function mapError(error: unknown, requestId: string, log: Log): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? undefined) : error;
  const place = placeOf(error);
  if (cause instanceof DomainError) {
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, ...cause.details } });
  }
  if (error instanceof GraphQLError && isFaultOfOperation(error)) {
    return new GraphQLError(error.message, { ...place, extensions: extensionsOf(error) });
  }
  if (isUnreadableValue(cause)) {
    log.warn({ err: cause, requestId, path: place.path }, "a value that cannot be read");
    return new GraphQLError("A cursor or a text cannot be read.", { ...place, extensions: { code: "BAD_USER_INPUT" } });
  }
  if (isPartAway(cause)) {
    log.warn({ err: cause, requestId, path: place.path }, "a part is away");
    return new GraphQLError("A part the server depends on is away.", {
      ...place,
      extensions: { code: "UNAVAILABLE", retryAfter: RETRY_AFTER_S },
    });
  }
  log.error({ err: cause, requestId, path: place.path }, "unexpected error");
  return new GraphQLError("Something broke on the server.", { ...place, extensions: { code: "INTERNAL", requestId } });
}

/**
 * Whether graphql-js, Yoga or Pothos found it in the operation: one that does not parse or validate, variables that do
 * not fit, a cursor that is none. What graphql-js says of our own data has a path, and no place in the document.
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

function placeOf(error: unknown): GraphQLErrorOptions {
  if (!(error instanceof GraphQLError)) return {};
  const { nodes, path, source, positions } = error;
  return { nodes: nodes ?? null, path: path ?? null, source: source ?? null, positions: positions ?? null };
}
