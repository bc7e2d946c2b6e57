import WebSocket from "ws";
import { createChatClient, type ChatClient } from "../../packages/client/src/create-chat-client.ts";
import { createEventStreams } from "../../packages/client/src/sse.ts";
import { createMemoryTokens } from "../../packages/client/src/session/token-source.ts";
import type { Store } from "../../packages/client/src/store.ts";
import { openDevice } from "./accounts.ts";
import type { Colloquy } from "./colloquy.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import { createWatch, type Watch } from "./watch.ts";

/** A device that talks to Colloquy by `@colloquy/client`, behind a network that the test can break. */
export type ChatDevice = Readonly<{
  chat: ChatClient;
  proxy: Proxy;
  phone: string;
  createRoom(): Promise<string>;
  close(): Promise<void>;
}>;

/** @param phone of a user that is there; a new one by default */
export async function openChatDevice(
  colloquy: Colloquy,
  { transport = "ws", phone }: { transport?: "ws" | "sse"; phone?: string | undefined } = {},
): Promise<ChatDevice> {
  const device = await openDevice(colloquy, phone);
  const [api] = colloquy.apis;
  if (!api) throw new Error("no API was started");
  const proxy = await startProxy(api.port);
  const chat = createChatClient({
    url: `http://127.0.0.1:${proxy.port}/graphql`,
    tokens: createMemoryTokens(device.tokens.refreshToken),
    ...(transport === "sse" && { transport: createEventStreams }),
    webSocketImpl: WebSocket,
  });
  return {
    chat,
    proxy,
    phone: device.phone,
    async createRoom() {
      const query = 'mutation { createChatroom(input: { title: "A room" }) { id } }';
      return (await chat.request<{ createChatroom: { id: string } }, object>(query, {})).createChatroom.id;
    },
    async close() {
      chat.close();
      await proxy.close();
    },
  };
}

/** All states of a store, from now on. */
export const watchStore = <State>(store: Store<State>): Watch<State> =>
  createWatch<State>((sink) => {
    const leave = store.subscribe(() => sink.next(store.getSnapshot()));
    sink.next(store.getSnapshot());
    return leave;
  });
