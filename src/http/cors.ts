import type { YogaServerOptions } from "graphql-yoga";
import type { Origins } from "./origins.ts";

/**
 * Lets pages of the allowed origins, and of no other, call the API. Credentials are never allowed: there are no cookies.
 * Without this function's choice Yoga would answer other origins with `null`, which sandboxed pages have for an origin.
 */
export function createCors(origins: Origins): NonNullable<YogaServerOptions<object, object>["cors"]> {
  if (origins.none) return false;
  const options = {
    methods: ["GET", "POST", "OPTIONS"],
    allowedHeaders: ["authorization", "content-type"],
    exposedHeaders: ["x-request-id"],
    credentials: false,
    maxAge: 86_400,
  };
  return (request) => {
    const origin = request.headers.get("origin") ?? "";
    return origins.allow(origin) ? { ...options, origin: [origin] } : false;
  };
}
