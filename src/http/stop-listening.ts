import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** A turn of the event loop in which nothing was done takes less than this, in milliseconds. */
const IDLE_TURN_MS = 0.2;
/** When the server stops listening at the latest, in milliseconds. */
const LIMIT_MS = 500;

/**
 * Stops listening, at a moment when no connection waits to be accepted: the kernel resets those that do, and a proxy may not
 * repeat a POST that it had sent over one. Requests of the last moments are answered after it, so that no answer makes a
 * client come again before.
 *
 * @returns when the last connection has closed
 */
export async function stopListening(server: Server): Promise<{ closed: Promise<void> }> {
  const held: [IncomingMessage, ServerResponse][] = [];
  const listeners = server.listeners("request") as ((...args: (typeof held)[number]) => void)[];
  let accepted = 0;
  server.on("connection", () => void (accepted += 1));
  server.removeAllListeners("request").on("request", (...args) => void held.push(args));

  const startedAt = performance.now();
  for (let idle = false, now = startedAt; !idle && now - startedAt < LIMIT_MS;) {
    const before = { accepted, now };
    await new Promise((resolve) => setImmediate(resolve));
    now = performance.now();
    idle = accepted === before.accepted && now - before.now < IDLE_TURN_MS;
  }
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.removeAllListeners("request");
  for (const listener of listeners) server.on("request", listener);
  for (const args of held) server.emit("request", ...args);
  return { closed };
}
