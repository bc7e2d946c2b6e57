import { Agent, get } from "node:http";
import { createRandom } from "../_support/random.ts";
import type { Subscriber } from "./subscriber.ts";

/**
 * Readers that ask for what is new once in a while, each on a connection that is kept, and each at its own moment.
 *
 * @param onText called with the length of what an answer held
 * @returns a function that ends it
 */
export function startPolling(
  target: { port: number; replies: readonly string[]; everyMs: number; seed: number },
  subscribers: readonly Subscriber[],
  onText: (subscriber: Subscriber, length: number) => void,
): () => void {
  const agent = new Agent({ keepAlive: true });
  const random = createRandom(target.seed);
  const timers = new Map<Subscriber, NodeJS.Timeout>();

  function ask(subscriber: Subscriber): void {
    timers.set(subscriber, setTimeout(ask, target.everyMs, subscriber));
    const path = `/${target.replies[subscriber.reply] ?? ""}?from=${subscriber.received}`;
    const request = get({ host: "127.0.0.1", port: target.port, path, agent }, (response) => {
      let length = 0;
      response.on("data", (part: Buffer) => (length += part.length));
      response.on("end", () => length > 0 && onText(subscriber, length));
    });
    // One poll more or less is all that a broken connection costs.
    request.on("error", () => {});
  }

  for (const subscriber of subscribers) {
    timers.set(subscriber, setTimeout(ask, random() * target.everyMs, subscriber));
  }
  return () => {
    for (const timer of timers.values()) clearTimeout(timer);
    agent.destroy();
  };
}
