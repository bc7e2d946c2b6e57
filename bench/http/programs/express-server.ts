import { createServer } from "node:http";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";
import { listen } from "../../_support/listen.ts";
import { listKeyOf } from "../lists.ts";
import { createTokenCheck } from "../token.ts";

/** No GraphQL: the list as it lies in Redis, and a message that is enqueued and stored nowhere. */
const { REDIS_URL = "", JWT_SECRET = "" } = process.env;
const redis = new Redis(REDIS_URL);
const queue = new Queue("express", { connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }) });
const checkToken = createTokenCheck(JWT_SECRET);
const app = express();

app.get("/chatrooms", async (request, response) => {
  const userId = await checkToken(request.headers.authorization);
  response.type("json").send(await redis.get(listKeyOf(userId)));
});

app.post("/messages", express.json(), async (request, response) => {
  const userId = await checkToken(request.headers.authorization);
  const job = await queue.add("generate-reply", { userId, ...(request.body as object) }, { removeOnComplete: true });
  response.status(202).json({ id: job.id });
});

await listen(createServer(app), () => redis.disconnect());
