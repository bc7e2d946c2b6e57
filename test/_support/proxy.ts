import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** The network between a client and an API, for a test to break. */
export type Proxy = Readonly<{
  port: number;
  /** Connections it has let through so far, and those it has refused. */
  counts: Readonly<{ accepted: number; refused: number }>;
  /** Resolves when the counts, now or later, are as the test wants them. */
  when(reached: (counts: Proxy["counts"]) => boolean): Promise<void>;
  /** Breaks every connection there is. */
  cut(): void;
  /** Breaks every new connection, until `accept`. */
  refuse(): void;
  accept(): void;
  /** What is open now stays open for ever, but nothing moves in it any more; new connections are fine. */
  freeze(): void;
  /** Connects to another API from now on; what is open stays where it is. */
  switchTo(port: number): void;
  close(): Promise<void>;
}>;

const WAIT_LIMIT_MS = 30_000;

/**
 * A TCP proxy on a port of its own.
 *
 * @param delayMs how long whatever is sent is under way, in either direction, also the end of a connection
 */
export async function startProxy(target: number, { delayMs = 0 } = {}): Promise<Proxy> {
  let refusing = false;
  const counts = { accepted: 0, refused: 0 };
  const open = new Set<Socket>();
  const listeners = new Set<() => void>();
  const count = (kind: keyof typeof counts) => {
    counts[kind] += 1;
    for (const listener of listeners) listener();
  };

  /** Timers of one length fire in their order. */
  const later = (work: () => void) => (delayMs === 0 ? work() : void setTimeout(work, delayMs));

  const server = createServer({ allowHalfOpen: delayMs > 0 }, (client) => {
    if (refusing) {
      client.on("error", () => {}).resetAndDestroy();
      return count("refused");
    }
    const api = connect({ port: target, host: "127.0.0.1", allowHalfOpen: delayMs > 0 });
    for (const [socket, other] of [
      [client, api],
      [api, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        later(() => other.destroy());
      });
      if (delayMs === 0) socket.pipe(other);
      else socket.on("data", (chunk) => later(() => other.write(chunk))).on("end", () => later(() => other.end()));
    }
    count("accepted");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    port: (server.address() as AddressInfo).port,
    counts,
    when(reached) {
      return new Promise((resolve, reject) => {
        const finish = (end: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          end();
        };
        const look = () => reached(counts) && finish(resolve);
        const timer = setTimeout(
          () => finish(() => reject(new Error(`the proxy has only come to ${JSON.stringify(counts)}`))),
          WAIT_LIMIT_MS,
        );
        listeners.add(look);
        look();
      });
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
    refuse: () => void (refusing = true),
    accept: () => void (refusing = false),
    freeze() {
      for (const socket of open) socket.unpipe().pause();
    },
    switchTo: (port) => void (target = port),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
