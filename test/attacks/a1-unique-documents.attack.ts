import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { attackTest } from "./_support/attack.ts";
import { flood } from "./_support/flood.ts";
import { HOSTILE, smallDocument } from "./_support/hostile.ts";

const COUNT = 50_000;
const OVER_SOCKETS = 5_000;
/** Operations that one socket asks for. */
const A_SOCKET = 20;
/** No more is sent after these times, in milliseconds. */
const [LIMIT_MS, SOCKETS_LIMIT_MS] = [150_000, 30_000];
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
  async run({ url, attacker }) {
    const body = (n: number) => JSON.stringify({ query: documentOf(n) });
    const order = { count: COUNT - OVER_SOCKETS, concurrency: 10, body, limitMs: LIMIT_MS };
    const { sent, largest } = await flood(url, order);
    let over = 0;
    for (const giveUpAt = Date.now() + SOCKETS_LIMIT_MS; over < OVER_SOCKETS && Date.now() < giveUpAt; over += A_SOCKET)
      await askSocket(
        url,
        attacker.token(),
        Array.from({ length: A_SOCKET }, (_, n) => smallDocument(COUNT + over + n)),
      );
    return `${sent} over HTTP and ${over} over sockets; the longest answer has ${(largest / 1024).toFixed(0)} KiB`;
  },
});

/** One operation after the other over a socket, whatever becomes of them. */
async function askSocket(url: string, token: string, queries: readonly string[]): Promise<void> {
  const client = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  for (const query of queries)
    await new Promise<void>((end) =>
      client.subscribe({ query }, { next: () => {}, error: () => end(), complete: end }),
    );
  await client.dispose();
}
