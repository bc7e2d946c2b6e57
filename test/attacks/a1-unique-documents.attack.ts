import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { attackTest } from "./_support/attack.ts";
import { flood } from "./_support/flood.ts";
import { HOSTILE, smallDocument } from "./_support/hostile.ts";

const COUNT = 50_000;
const OVER_SOCKETS = 5_000;
/** One in so many is hostile by itself, and up to 250 KB long; the others are valid, or wrong, and small. */
const ONE_IN = 25;

const documents = Object.values(HOSTILE);

function documentOf(n: number): string {
  if (n % ONE_IN === 0) return `${documents[(n / ONE_IN) % documents.length]} # ${n}`;
  // 3.8 KB each, quoted by each of its errors.
  if (n % 3 === 0) return `query ${"Q".repeat(100)}${n}(${"$v: Int, ".repeat(350)}$w: Int) { __typename }`;
  return n % 3 === 1 ? smallDocument(n) : `{ wrong${n} ${"x".repeat(n % 3_000)} }`;
}

attackTest({
  name: "A1: 50,000 unique documents, valid and not, of up to 250 KB",
  bounds: { growth: 100 },
  async run({ url }) {
    const body = (n: number) => JSON.stringify({ query: documentOf(n) });
    const { sent, largest } = await flood(url, {
      count: COUNT - OVER_SOCKETS,
      concurrency: 10,
      body,
      limitMs: 200_000,
    });
    const client = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, lazy: false });
    let told = 0;
    for (let n = sent; n < sent + OVER_SOCKETS; n += 1) {
      await new Promise<void>((resolve) => {
        const end = () => resolve();
        client.subscribe({ query: documentOf(n) }, { next: () => (told += 1), error: end, complete: end });
      });
    }
    await client.dispose();
    return `${sent} over HTTP, ${OVER_SOCKETS} over a socket; the longest answer has ${(largest / 1024).toFixed(0)} KiB, ${told} were run over the socket`;
  },
});
