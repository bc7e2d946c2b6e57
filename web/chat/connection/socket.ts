import { createClient, type Client } from "graphql-ws";
import { socketUrl } from "../app/addresses.ts";
import type { Connection } from "./connection-state.ts";
import type { Session } from "./session.ts";

/** The one WebSocket of the page. */
export type Socket = Client;

/** The server closes with it when a token expires or a session ends. */
const TOKEN_REFUSED = 4403;
/** A ping goes out after so long a silence, in milliseconds; a socket that does not answer is given up. */
const PING_AFTER_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;

/** Opens with the first subscription, and again whenever it is lost, with a token that is good by then. */
export function createSocket({ session, connection }: { session: Session; connection: Connection }): Socket {
  let refused: string | null = null;
  let sent: string | null = null;
  let pong: ReturnType<typeof setTimeout> | undefined;
  const socket = createClient({
    url: socketUrl("graphql"),
    async connectionParams() {
      sent = refused === null ? await session.getAccessToken() : await session.renew(refused);
      refused = null;
      return sent === null ? {} : { authorization: `Bearer ${sent}` };
    },
    keepAlive: PING_AFTER_MS,
    retryAttempts: Infinity,
    // Also after a refusal that came of a moment's fault: only somebody who has signed out wants nothing more.
    shouldRetry: () => session.getState().status !== "signed-out",
    retryWait: (retries) =>
      connection.waitToRetry(Math.min(FIRST_WAIT_MS * 2 ** retries, MAX_WAIT_MS) * (0.5 + Math.random() / 2)),
    on: {
      connected: () => connection.set(true),
      closed(event) {
        clearTimeout(pong);
        connection.set(false);
        if ((event as CloseEvent).code === TOKEN_REFUSED) refused = sent;
      },
      ping(received) {
        if (!received) pong = setTimeout(() => socket.terminate(), PONG_WITHIN_MS);
      },
      pong(received) {
        if (received) clearTimeout(pong);
      },
    },
  });
  return socket;
}
