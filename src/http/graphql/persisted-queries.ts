import { hash } from "node:crypto";
import { GraphQLError } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { MAX_CACHED_LENGTH } from "./document-cache.ts";
import { createRedisScript } from "../../platform/redis/redis-script.ts";
import { withTimeout } from "../../platform/timing.ts";

/** Of all clients together; the one that was stored first goes first. Each is of ordinary size at most. */
const MAX_QUERIES = 2_000;
/** All queries expire this long after the last new one, in seconds. */
const TTL_S = 24 * 3_600;
/**
 * Without an answer of Redis in this time, in milliseconds, the query counts as unknown: the client then sends its
 * text.
 */
const ANSWER_LIMIT_MS = 250;

const QUERIES = "{persisted}:queries";
const ORDER = "{persisted}:order";

const remember = createRedisScript(`
if redis.call("HSETNX", KEYS[1], ARGV[1], ARGV[2]) == 0 then return end
local last = tonumber(redis.call("ZREVRANGE", KEYS[2], 0, 0, "WITHSCORES")[2] or 0)
redis.call("ZADD", KEYS[2], last + 1, ARGV[1])
local over = redis.call("ZCARD", KEYS[2]) - tonumber(ARGV[3])
if over > 0 then
  local popped = redis.call("ZPOPMIN", KEYS[2], over)
  for i = 1, #popped, 2 do redis.call("HDEL", KEYS[1], popped[i]) end
end
redis.call("EXPIRE", KEYS[1], ARGV[4])
redis.call("EXPIRE", KEYS[2], ARGV[4])`);

const PersistedQuery = z.object({
  persistedQuery: z.object({ version: z.literal(1), sha256Hash: z.string().regex(/^[\da-f]{64}$/i) }),
});

/**
 * A Yoga plugin for automatic persisted queries, as Apollo's clients send them: an operation by its hash alone, and
 * once with its text when the hash is unknown. Only valid operations of ordinary size are stored.
 */
export function persistQueries({
  redis,
  runInBackground,
}: Pick<AppContext, "redis" | "runInBackground">): Plugin<{ params?: GraphQLParams }> {
  return {
    async onParams({ params, setParams }) {
      const wanted = readHash(params);
      if (wanted === null) return;
      if (typeof params.query !== "string" || params.query === "") {
        const query = await withTimeout(redis.hget(QUERIES, wanted), ANSWER_LIMIT_MS, "no answer").catch(() => null);
        if (query === null) throw refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 200);
        return setParams({ ...params, query });
      }
      if (hash("sha256", params.query) !== wanted) {
        throw refusal("The hash of the persisted query is not that of its text.", "BAD_USER_INPUT", 400);
      }
    },
    onValidate({ context: { params } }) {
      const wanted = params && readHash(params);
      const query = params?.query;
      if (!wanted || !query || query.length > MAX_CACHED_LENGTH) return;
      return ({ valid }) => {
        if (valid)
          runInBackground("remember a query", remember(redis, [QUERIES, ORDER], [wanted, query, MAX_QUERIES, TTL_S]));
      };
    },
  };
}

/** @returns null without one. @throws {GraphQLError} for anything but a persisted query of version 1 */
function readHash(params: GraphQLParams | null): string | null {
  // The body is not validated yet: it may be any JSON.
  const extensions: unknown = params?.extensions;
  if (typeof extensions !== "object" || extensions === null || !("persistedQuery" in extensions)) return null;
  const { data } = PersistedQuery.safeParse(extensions);
  if (!data) throw refusal("PersistedQueryNotSupported", "BAD_USER_INPUT", 400);
  return data.persistedQuery.sha256Hash.toLowerCase();
}

const refusal = (message: string, code: string, status: number) =>
  new GraphQLError(message, { extensions: { code, http: { status } } });
