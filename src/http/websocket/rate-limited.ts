import { GraphQLError } from "graphql";

/**
 * What an operation of a socket is refused with.
 *
 * @param retryAfter seconds; there is no time to wait for where the socket's other operations have to end
 */
export const rateLimited = (message: string, retryAfter = 1): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "RATE_LIMITED", retryAfter } });
