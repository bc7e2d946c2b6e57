import { connectLeanSocket } from "../_support/lean-socket.ts";
import type { Protocol } from "./protocols.ts";

/** One connection, for one subscription. */
export type ClientSocket = Readonly<{
  /** Resolves when the subscription stands, as far as the protocol tells; `onText` hears what comes, that first event included. */
  subscribe(key: string, onText: (text: string) => void): Promise<void>;
  close(): Promise<void>;
}>;

/** Connections that are being opened, or subscriptions that are waited for, at the same time. */
const AT_ONCE = 64;
const STANDS_LIMIT_MS = 60_000;

/** Does the work for each, some of it at the same time. @returns the results in the order of `items` */
export async function forEachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
  atOnce = AT_ONCE,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const workSome = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, workSome));
  return results;
}

/** @throws when it cannot be opened, or is not signed in */
export async function connect(
  protocol: Protocol,
  { port, token }: { port: number; token: string },
): Promise<ClientSocket> {
  let onText = (_text: string) => {};
  let answered = () => {};
  const socket = await connectLeanSocket({ port, path: protocol.path, protocol: protocol.subprotocol }, (text) => {
    // `{"type": …` is about the connection, or says that a subscription stands; events begin with something else.
    if (text.startsWith('{"type":"')) answered();
    else onText(text);
  });
  const hear = async (say: string): Promise<void> => {
    const heard = new Promise<"heard">((resolve) => (answered = () => resolve("heard")));
    const late = new Promise<"late">((resolve) => setTimeout(resolve, STANDS_LIMIT_MS, "late").unref());
    socket.send(say);
    const how = await Promise.race([heard, late, socket.closed]);
    if (how !== "heard") throw new Error(how ?? "the server closed the connection");
  };
  if (protocol.hello) await hear(protocol.hello(token));

  return {
    async subscribe(key, listener) {
      onText = (text) => {
        answered();
        listener(text);
      };
      const message = protocol.subscribe(key);
      if (protocol.confirms) await hear(message);
      else socket.send(message);
      onText = listener;
    },
    close() {
      socket.close();
      return socket.closed;
    },
  };
}
