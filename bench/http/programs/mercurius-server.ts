import fastify from "fastify";
import { Redis } from "ioredis";
import { mercurius } from "mercurius";
import { LIST_SCHEMA, listKeyOf } from "../lists.ts";
import { createTokenCheck } from "../token.ts";

/** Mercurius with its compiler of queries, and the list from Redis. */
const { REDIS_URL = "", JWT_SECRET = "" } = process.env;
const redis = new Redis(REDIS_URL);
const checkToken = createTokenCheck(JWT_SECRET);
const app = fastify();

await app.register(mercurius, {
  schema: LIST_SCHEMA,
  jit: 1,
  context: async (request) => ({ userId: await checkToken(request.headers.authorization) }),
  resolvers: {
    Query: {
      chatrooms: async (_root: unknown, _args: unknown, context: unknown): Promise<unknown> =>
        JSON.parse((await redis.get(listKeyOf((context as { userId: string }).userId))) ?? ""),
    },
  },
});
const url = await app.listen({ port: 0, host: "127.0.0.1" });
process.once("SIGTERM", () => process.exit(0));
process.stdout.write(`${JSON.stringify({ msg: "ready", level: 30, port: Number(new URL(url).port) })}\n`);
