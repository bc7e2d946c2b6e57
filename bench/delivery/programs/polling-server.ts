import { createServer } from "node:http";
import { Redis } from "ioredis";
import { listen } from "../../_support/listen.ts";
import { textKeyOf } from "../pace.ts";

/** Answers polls at the lowest price: the text from a position on, straight out of Redis, without sign-in or GraphQL. */
const redis = new Redis(process.env["REDIS_URL"] ?? "");

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://bench");
  redis.getrange(textKeyOf(url.pathname.slice(1)), Number(url.searchParams.get("from")), -1).then(
    (text) => response.writeHead(200, { "content-type": "text/plain" }).end(text),
    () => response.writeHead(503).end(),
  );
});
server.keepAliveTimeout = 10_000;

await listen(server, () => redis.disconnect());
