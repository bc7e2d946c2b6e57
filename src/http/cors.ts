import type { YogaServerOptions } from "graphql-yoga";

/**
 * Lets pages of these origins, and of no other, call the API. Credentials are never allowed: there are no cookies.
 * Without this function's choice Yoga would answer other origins with `null`, which sandboxed pages have for an origin.
 */
export function createCors(origins: readonly string[]): NonNullable<YogaServerOptions<object, object>["cors"]> {
  if (origins.length === 0) return false;
  const options = {
    origin: [...origins],
    methods: ["GET", "POST", "OPTIONS"],
    allowedHeaders: ["authorization", "content-type"],
    exposedHeaders: ["x-request-id"],
    credentials: false,
    maxAge: 86_400,
  };
  return (request) => (origins.includes(request.headers.get("origin") ?? "") ? options : false);
}
