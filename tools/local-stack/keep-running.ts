import type { Ending } from "./guarded.ts";

type Server = Readonly<{ port: number; ended: Promise<Ending>; stop(): Promise<void> }>;

/** A server that ends sooner than this after its start will not do better the next time. */
const SHORT_LIFE_MS = 5_000;

/**
 * Starts a server, and starts it again on the same port whenever it ends by itself, with the same data.
 *
 * @param start gets the port from the second time on
 * @throws what the first start throws
 */
export async function keepRunning<T extends Server>(
  name: string,
  start: (port?: number) => Promise<T>,
  { log = () => {}, abort }: { log?: ((line: string) => void) | undefined; abort?: AbortSignal },
): Promise<{ first: T; stop(): Promise<void> }> {
  const first = await start();
  let current: Promise<T | undefined> = Promise.resolve(first);
  let stopping = false;

  const watch = (server: T, since: number) => {
    void server.ended.then(({ code, signal }) => {
      if (stopping || abort?.aborted) return;
      const how = signal ?? `exit code ${code}`;
      if (Date.now() - since < SHORT_LIFE_MS) return log(`${name} has ended (${how}), and again: it stays away`);
      log(`${name} has ended (${how}) and starts again`);
      current = start(server.port).then(
        (next) => {
          watch(next, Date.now());
          return next;
        },
        (error: unknown) => {
          log(`${name} could not be started again: ${String(error)}`);
          return undefined;
        },
      );
    });
  };
  watch(first, 0);

  return {
    first,
    async stop() {
      stopping = true;
      const server = await current;
      await server?.stop();
    },
  };
}
