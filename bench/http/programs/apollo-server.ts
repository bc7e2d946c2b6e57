import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { Redis } from "ioredis";
import { LIST_SCHEMA, listKeyOf } from "../lists.ts";
import { createTokenCheck } from "../token.ts";

/** Apollo Server as its documentation starts it, with the list from Redis. */
const { REDIS_URL = "", JWT_SECRET = "" } = process.env;
const redis = new Redis(REDIS_URL);
const checkToken = createTokenCheck(JWT_SECRET);

const server = new ApolloServer<{ userId: string }>({
  typeDefs: LIST_SCHEMA,
  resolvers: {
    Query: {
      chatrooms: async (_root: unknown, _args: unknown, { userId }: { userId: string }): Promise<unknown> =>
        JSON.parse((await redis.get(listKeyOf(userId))) ?? ""),
    },
  },
});
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: "127.0.0.1" },
  context: async ({ req }) => ({ userId: await checkToken(req.headers.authorization) }),
});
process.once("SIGTERM", () => process.exit(0));
process.stdout.write(`${JSON.stringify({ msg: "ready", level: 30, port: Number(new URL(url).port) })}\n`);
