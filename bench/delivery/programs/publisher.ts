import { RedisPubSub } from "graphql-redis-subscriptions";
import { Redis } from "ioredis";
import { createResumableStreamContext } from "resumable-stream/generic";
import { createGeminiModel } from "../../../src/platform/gemini/gemini.ts";
import { serveCommands } from "../../_support/serve.ts";
import { channelOf, type Piece, type System } from "../cases.ts";

/**
 * The writing side of the yardsticks. All of them read the model through the adapter that the worker uses too: what is
 * compared is how a chunk gets from there to the clients. None waits for Redis, and none writes in batches.
 */
const { REDIS_URL = "", GEMINI_BASE_URL = "" } = process.env;
const redis = new Redis(REDIS_URL);
const subscriber = new Redis(REDIS_URL);
const pubsub = new RedisPubSub({ publisher: redis, subscriber });
const resumable = createResumableStreamContext({ waitUntil: () => {}, publisher: redis, subscriber });
const model = createGeminiModel({ apiKey: "bench", baseUrl: GEMINI_BASE_URL, logger: { warn: () => {} } });

let faults: string[] = [];

type Order = { system: Exclude<System, "colloquy">; replies: { id: string; prompt: string }[] };

await serveCommands(
  {
    async start({ system, replies }: Order) {
      faults = [];
      for (const { id, prompt } of replies) {
        if (system === "resumable") await writeResumable(id, prompt);
        else void writeReply(id, prompt, WRITERS[system]);
      }
    },
    faults: () => faults,
  },
  () => [redis, subscriber].forEach((connection) => connection.disconnect()),
);

type Write = (id: string, piece: Piece) => Promise<unknown>;

const WRITERS: Record<"bare" | "stock", Write> = {
  bare: (id, piece) => redis.publish(channelOf(id), JSON.stringify(piece)),
  stock: (id, piece) => pubsub.publish(channelOf(id), { ...piece, messageId: id, status: "STREAMING", message: null }),
};

async function writeReply(id: string, prompt: string, write: Write): Promise<void> {
  let offset = 0;
  try {
    for await (const { text } of ask(prompt)) {
      if (text === "") continue;
      write(id, { kind: "text", attempt: 1, offset, text }).catch(complain);
      offset += text.length;
    }
  } catch (error) {
    complain(error);
  }
}

/** As its README has it: the stream that makes the reply is wrapped, and lives here. */
async function writeResumable(id: string, prompt: string): Promise<void> {
  const stream = await resumable.createNewResumableStream(id, () => {
    const chunks = ask(prompt)[Symbol.asyncIterator]();
    return new ReadableStream<string>({
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else if (next.value.text !== "") controller.enqueue(next.value.text);
      },
    });
  });
  // The first asker's own copy; nobody watches it here.
  void stream?.pipeTo(new WritableStream()).catch(complain);
}

const ask = (prompt: string) =>
  model.stream({
    model: "gemini-3.5-flash-lite",
    turns: [{ role: "user", text: prompt }],
    signal: new AbortController().signal,
  });

function complain(error: unknown): void {
  faults.push(String(error));
}
