import { createClient, type Client } from "graphql-ws";
import type { AccessTokens } from "../session/access-tokens.ts";
import { resuming, type ResumeOptions, type Subscribe } from "./resuming.ts";

/** A graphql-ws client whose `subscribe` resumes. It has no `iterate`, which would not. */
export type LiveClient = Omit<Client, "subscribe" | "iterate"> & Readonly<{ subscribe: Subscribe }>;

export type LiveClientOptions = Omit<ResumeOptions, "onTokenRefused"> &
  Readonly<{
    /** `wss://…/graphql` */
    url: string;
    tokens: AccessTokens;
    /** The `WebSocket` to use where there is none built in, as in Node 20. */
    webSocketImpl?: unknown;
    /** How often the connection is tried, in milliseconds. */
    pingEveryMs?: number;
    /** How long the server has to answer, in milliseconds. */
    answerLimitMs?: number;
    /** How long it stays open without a subscription, in milliseconds. */
    idleMs?: number;
  }>;

/** One WebSocket for all live subscriptions of an app. */
export function createLiveClient(options: LiveClientOptions): LiveClient {
  const {
    url,
    tokens,
    webSocketImpl,
    pingEveryMs = 10_000,
    answerLimitMs = 10_000,
    idleMs = 0,
    ...resumeOptions
  } = options;
  let token = "";
  let socket: WireSocket | undefined;
  let alarm: ReturnType<typeof setTimeout> | undefined;
  const calm = () => clearTimeout(alarm);
  // A network that is gone closes nothing: a phone that changed from WLAN to mobile would wait for minutes.
  const expectAnswer = () => {
    calm();
    alarm = setTimeout(() => client.terminate(), answerLimitMs);
  };

  // Before the token expires, so that the socket need not close. If this fails it closes, and comes back.
  const renewInPlace = async () => {
    const own = socket;
    const before = token;
    const next = await tokens.get().catch(() => before);
    if (next === token || own !== socket || own?.readyState !== OPEN) return;
    token = next;
    own.send(JSON.stringify({ type: "ping", payload: { accessToken: next } }));
  };

  const client = createClient({
    url,
    webSocketImpl: webSocketImpl && withListener(webSocketImpl as SocketClass),
    // The retries are resuming()'s: graphql-ws sends the variables again that it was first given.
    retryAttempts: 0,
    // A function, so that each connection gets the token that holds by then.
    connectionParams: async () => {
      token = await tokens.get();
      return { authorization: `Bearer ${token}` };
    },
    lazyCloseTimeout: idleMs,
    keepAlive: pingEveryMs,
    on: {
      connecting: expectAnswer,
      connected: calm,
      opened: (opened) => void (socket = opened as WireSocket),
      ping(received) {
        if (received) return;
        expectAnswer();
        void renewInPlace();
      },
      pong: (received) => void (received && calm()),
      closed: calm,
    },
  });

  const subscribe = resuming(client.subscribe, { ...resumeOptions, onTokenRefused: () => tokens.refuse(token) });
  return {
    on: client.on,
    async dispose() {
      try {
        await client.dispose();
      } catch {
        // The connection that was just being made failed.
      }
    },
    terminate: client.terminate,
    subscribe,
  };
}

type WireSocket = { readyState: number; send(text: string): void };
const OPEN = 1;

type SocketClass = new (url: string, protocols?: string | string[]) => EventTarget;

/**
 * graphql-ws no longer listens to a socket that it terminates. When the handshake hangs, `ws` then tells that it failed, and
 * an `error` that nobody listens to ends a process of Node.
 */
const withListener = (Socket: SocketClass): SocketClass =>
  class extends Socket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("error", () => {});
    }
  };
