import { createClient, type Client } from "graphql-ws";
import { socketUrl } from "../app/addresses.ts";
import type { Session } from "./session.ts";

/** The one WebSocket of the page. */
export type Socket = Client;

/** The server closes with it when a token expires or a session ends. */
const TOKEN_REFUSED = 4403;
const MAX_WAIT_MS = 10_000;

/** Opens with the first subscription, and again whenever it is lost, with a token that is good by then. */
export function createSocket(session: Session): Socket {
  let refused: string | null = null;
  let sent: string | null = null;
  return createClient({
    url: socketUrl("graphql"),
    async connectionParams() {
      sent = refused === null ? await session.getAccessToken() : await session.renew(refused);
      refused = null;
      return sent === null ? {} : { authorization: `Bearer ${sent}` };
    },
    keepAlive: 10_000,
    retryAttempts: Infinity,
    shouldRetry: () => session.getState().status !== "signed-out",
    retryWait: (retries) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** retries, MAX_WAIT_MS) * (0.5 + Math.random()))),
    on: {
      closed(event) {
        if ((event as CloseEvent).code === TOKEN_REFUSED) refused = sent;
      },
    },
  });
}
