import { createAccountFeed } from "./account/account-feed.ts";
import { createAccountWatch, type AccountWatch } from "./account/watch-account.ts";
import type { ChatContext } from "./chat-context.ts";
import { createConnection, type ConnectionState } from "./live/connection.ts";
import type { createEventStreams } from "./live/event-streams.ts";
import type { Subscribe } from "./live/resuming.ts";
import { createLiveClient } from "./live/web-socket.ts";
import { createReplyWatch, type ReplyState } from "./reply/reply-watch.ts";
import { createRequest, post, type Endpoint, type Request } from "./request.ts";
import { createRoomWatch, type RoomWatch } from "./room/watch-room.ts";
import { createAccessTokens, SignedOut, type AccessToken, type AccessTokens } from "./session/access-tokens.ts";
import {
  SendCode,
  type EnterCodeVariables,
  type SendCodeData,
  type WithPasswordVariables,
} from "./session/session-documents.ts";
import type { TokenSource } from "./session/token-source.ts";
import type { Store } from "./store.ts";

export type ChatClientOptions = Readonly<{
  /** `https://…/graphql` */
  url: string;
  tokens: TokenSource;
  /** `createEventStreams` of `@colloquy/client/sse`, for networks that let no WebSocket through. */
  transport?: typeof createEventStreams;
  /** The `WebSocket` to use where there is none built in, as in Node 20. */
  webSocketImpl?: unknown;
  fetch?: typeof fetch;
  /** Called when a subscription has broken off, before it comes back. */
  onBroken?: (cause: unknown, waitMs: number) => void;
}>;

export type ChatClient = Readonly<{
  /** Runs a query or a mutation. @throws {ApiError} what the API refused; {NetworkError}; {SignedOut} */
  request: Request;
  signIn: Readonly<{
    sendCode(phone: string): Promise<SendCodeData["sendOtp"]>;
    enterCode(input: EnterCodeVariables): Promise<void>;
    withPassword(input: WithPasswordVariables): Promise<void>;
  }>;
  signOut(): Promise<void>;
  watchReply(messageId: string): Store<ReplyState>;
  watchRoom(chatroomId: string): RoomWatch;
  watchAccount(): AccountWatch;
  connection: Store<ConnectionState>;
  /** For operations of your own, and for Apollo's and urql's clients. */
  live: Readonly<{ subscribe: Subscribe }>;
  tokens: AccessTokens;
  close(): void;
}>;

/** Rooms, and replies, that nobody looks at are kept for a return, so many of each. */
const MAX_KEPT = 20;

/** A client of one account. What it watches are stores: they begin with their first listener, and end with the last. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const { url, tokens: source, transport, webSocketImpl, onBroken } = options;
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  const endpoint: Endpoint = { url, fetch: send };
  const tokens = createAccessTokens((refused) => source.renew(endpoint, refused));
  const closing = new AbortController();

  const connection = createConnection(() => streams.terminate());
  const hooks = {
    tokens,
    onOpen: () => connection.set("live"),
    onBroken(cause: unknown, waitMs: number) {
      connection.set("reconnecting");
      onBroken?.(cause, waitMs);
    },
  };
  const streams: Live = transport ? { ...transport({ ...hooks, url, fetch: send }), dispose() {} } : openSocket();

  function openSocket(): Live {
    const client = createLiveClient({ ...hooks, url: url.replace(/^http/, "ws"), webSocketImpl, idleMs: 3_000 });
    client.on("connected", hooks.onOpen);
    client.on("closed", () => connection.set("connecting"));
    return { ...client, dispose: () => void client.dispose() };
  }

  /** Those that are open, to be ended with the client. */
  const open = new Set<() => void>();
  const subscribe: Subscribe = (payload, sink) => {
    if (closing.signal.aborted) return () => {};
    const leave = streams.subscribe(payload, sink);
    const end = () => {
      open.delete(end);
      leave();
    };
    open.add(end);
    return end;
  };

  const context: ChatContext = {
    request: createRequest(endpoint, tokens),
    live: { subscribe },
    connection,
    account: createAccountFeed({ subscribe }),
    closed: closing.signal,
  };
  const account = createAccountWatch(context);

  return {
    request: context.request,
    signIn: {
      async sendCode(phone) {
        return ((await post(endpoint, { query: SendCode, variables: { phone } })) as SendCodeData).sendOtp;
      },
      enterCode: (input) => begin(source.enterCode?.(endpoint, input)),
      withPassword: (input) => begin(source.withPassword?.(endpoint, input)),
    },
    async signOut() {
      const token = await tokens.get().catch((error: unknown) => {
        if (error instanceof SignedOut) return null;
        throw error;
      });
      await source.signOut?.(endpoint, token);
      tokens.set(null);
    },
    watchReply: keeping((id) => createReplyWatch(context, id)),
    watchRoom: keeping((id) => createRoomWatch(context, id)),
    watchAccount: () => account,
    connection,
    live: context.live,
    tokens,
    close() {
      closing.abort();
      connection.close();
      for (const end of open) end();
      streams.dispose();
    },
  };

  async function begin(opening: Promise<AccessToken> | undefined): Promise<void> {
    if (!opening) throw new TypeError("These tokens come from elsewhere: sign in there.");
    tokens.set(await opening);
  }
}

type Live = Readonly<{ subscribe: Subscribe; terminate(): void; dispose(): void }>;

/** The same store for the same id, of those that were asked for last. */
function keeping<Watch>(create: (id: string) => Watch): (id: string) => Watch {
  const kept = new Map<string, Watch>();
  return (id) => {
    const watch = kept.get(id) ?? create(id);
    kept.delete(id);
    kept.set(id, watch);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return watch;
  };
}
