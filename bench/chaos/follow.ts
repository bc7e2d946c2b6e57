import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { delay } from "../../src/platform/timing.ts";
import { takeTurns } from "./take-turns.ts";

export type FollowOptions<Data> = Readonly<{
  query: string;
  /** Where the reader stands now. */
  variables: () => Record<string, unknown>;
  /** The APIs. */
  urls: readonly string[];
  token: string;
  random: () => number;
  signal: AbortSignal;
  onEvent: (data: Data, extensions: Readonly<Record<string, unknown>>) => "more" | "enough";
  /** Hears what broke the subscription off, before it is made anew. */
  onBroken: (cause: string) => void;
}>;

/** How often the connection is tried, and how long the answer may take; a frozen API closes nothing. */
const PING_MS = 1_500;
const PONG_LIMIT_MS = 2_000;
const CONNECT_LIMIT_MS = 3_000;
const MAX_WAIT_MS = 2_000;

/**
 * Follows a subscription, and comes back to any API, at its position, whenever it breaks off.
 *
 * @returns when the server has completed it, the reader has had enough, or the signal is aborted
 */
export async function follow<Data>(options: FollowOptions<Data>): Promise<void> {
  const nextUrl = takeTurns(options.urls, options.random);
  let failures = 0;
  while (!options.signal.aborted) {
    const cause = await subscribeOnce(options, nextUrl(), () => (failures = 0));
    if (cause === undefined || options.signal.aborted) return;
    options.onBroken(cause);
    failures += 1;
    await delay(Math.min(MAX_WAIT_MS, 50 * 2 ** failures) * (0.5 + options.random() / 2), options.signal);
  }
}

/** @returns why it broke off; undefined when it was completed, or enough */
async function subscribeOnce<Data>(
  options: FollowOptions<Data>,
  url: string,
  onMoved: () => void,
): Promise<string | undefined> {
  let socket: WebSocket | undefined;
  let alarm: NodeJS.Timeout | undefined;
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: ImpatientSocket,
    // The retries are ours: graphql-ws would send the first position again.
    retryAttempts: 0,
    connectionAckWaitTimeout: CONNECT_LIMIT_MS,
    connectionParams: { authorization: `Bearer ${options.token}` },
    keepAlive: PING_MS,
    on: {
      opened: (opened) => void (socket = opened as WebSocket),
      ping(received) {
        if (received) return;
        alarm = setTimeout(() => socket?.terminate(), PONG_LIMIT_MS);
      },
      pong: (received) => void (received && clearTimeout(alarm)),
    },
  });
  const leave = () => socket?.terminate();
  options.signal.addEventListener("abort", leave, { once: true });
  try {
    return await new Promise<string | undefined>((resolve) => {
      const unsubscribe = client.subscribe<Data, Record<string, unknown>>(
        { query: options.query, variables: options.variables() },
        {
          next({ data, errors, extensions = {} }) {
            if (data) onMoved();
            if (data && options.onEvent(data, extensions) === "more") return;
            resolve(data ? undefined : codeOf(errors));
            unsubscribe();
          },
          error: (cause) => resolve(describe(cause)),
          complete: () => resolve(undefined),
        },
      );
    });
  } finally {
    clearTimeout(alarm);
    options.signal.removeEventListener("abort", leave);
    void client.dispose();
    // A frozen API would not answer a close.
    socket?.terminate();
  }
}

class ImpatientSocket extends WebSocket {
  constructor(url: string, protocols: string) {
    super(url, protocols, { handshakeTimeout: CONNECT_LIMIT_MS });
  }
}

function describe(cause: unknown): string {
  if (Array.isArray(cause)) return codeOf(cause);
  if (typeof cause === "object" && cause !== null && "code" in cause) return `closed with ${String(cause.code)}`;
  return "no connection";
}

function codeOf(errors: unknown): string {
  const [first] = (errors ?? []) as readonly { message: string; extensions?: { code?: string } }[];
  return first?.extensions?.code ?? first?.message ?? "an error without words";
}
