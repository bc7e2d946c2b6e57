import { randomUUID } from "node:crypto";
import { connectLeanSocket } from "../_support/lean-socket.ts";
import type { Protocol } from "./protocols.ts";

/** One connection with one subscription at a time. */
export type ClientSocket = Readonly<{
  /** Resolves when the subscription stands, as far as the protocol tells; `onText` hears what comes, that first event included. */
  subscribe(key: string, onText: (text: string) => void): Promise<void>;
  unsubscribe(): void;
  close(): Promise<void>;
}>;

/** Connections that are being opened, or subscriptions that are waited for, at the same time. */
const AT_ONCE = 64;
const STANDS_LIMIT_MS = 60_000;

/** @throws when one of them cannot be opened */
export async function connectSockets(
  protocol: Protocol,
  target: { port: number; count: number; token: string },
): Promise<readonly ClientSocket[]> {
  const turns = createTurns(AT_ONCE);
  return Promise.all(Array.from({ length: target.count }, () => turns(() => connect(protocol, target, turns))));
}

async function connect(
  protocol: Protocol,
  { port, token }: { port: number; token: string },
  turns: ReturnType<typeof createTurns>,
): Promise<ClientSocket> {
  let onText = (_text: string) => {};
  let answered = () => {};
  let operationId = "";
  const socket = await connectLeanSocket({ port, path: protocol.path, protocol: protocol.subprotocol }, (text) => {
    // `{"type": …` is about the connection, or says that a subscription stands; events begin with something else.
    if (text.startsWith('{"type":"')) answered();
    else onText(text);
  });

  const hear = async (say: string): Promise<void> => {
    const heard = new Promise<void>((resolve) => (answered = resolve));
    socket.send(say);
    await inTime(heard, socket.closed);
  };
  if (protocol.hello) await hear(protocol.hello(token));

  return {
    subscribe: (key, listener) =>
      turns(async () => {
        operationId = randomUUID();
        onText = (text) => {
          answered();
          listener(text);
        };
        const message = protocol.subscribe(operationId, key);
        if (protocol.confirms) await hear(message);
        else socket.send(message);
        onText = listener;
      }),
    unsubscribe: () => socket.send(protocol.end(operationId)),
    close() {
      socket.close();
      return socket.closed;
    },
  };
}

async function inTime(heard: Promise<void>, closed: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the server did not answer")), STANDS_LIMIT_MS);
  });
  const gone = closed.then((): Promise<never> => Promise.reject(new Error("the server closed the connection")));
  gone.catch(() => {});
  await Promise.race([heard, late, gone]).finally(() => clearTimeout(timer));
}

/** Lets so many pieces of work run at the same time. */
function createTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
