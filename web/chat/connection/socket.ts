import type { Connection } from "../../../packages/client/src/live/connection.ts";
import { createLiveClient, type LiveClient } from "../../../packages/client/src/live/web-socket.ts";
import { SignedOut, type AccessTokens } from "../../../packages/client/src/session/access-tokens.ts";
import { socketUrl } from "../app/addresses.ts";
import type { Session } from "./session.ts";

/** The one WebSocket of the page, whose subscriptions resume. */
export type Socket = LiveClient;

/** Opens with the first subscription, and again whenever it is lost, with a token that is good by then. */
export function createSocket({ session, connection }: { session: Session; connection: Connection }): Socket {
  const socket = createLiveClient({ url: socketUrl("graphql"), tokens: tokensOf(session) });
  socket.on("connected", () => connection.set("live"));
  socket.on("closed", () => connection.set("reconnecting"));
  return socket;
}

function tokensOf(session: Session): AccessTokens {
  let refused: string | null = null;
  return {
    async get() {
      const token = await (refused === null ? session.getAccessToken() : session.renew(refused));
      refused = null;
      if (token === null) throw new SignedOut("Nobody is signed in.");
      return token;
    },
    refuse: (token) => void (refused = token),
  };
}
