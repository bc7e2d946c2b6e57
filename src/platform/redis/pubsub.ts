import { RedisPubSub } from "graphql-redis-subscriptions";
import type { z } from "zod";
import type { Logger } from "../logger.ts";
import type { Redis } from "./redis.ts";
import { withTimeout } from "../timing.ts";

/** A channel and the schema of its messages, which are checked when they are read. */
export type Topic<Payload> = Readonly<{ name: (key: string) => string; payload: z.ZodType<Payload> }>;

export type PubSub = Readonly<{
  /**
   * Publishes to all subscribers. A lost message costs its readers latency, never data, so failures are only logged.
   */
  publish<Payload>(topic: Topic<Payload>, key: string, payload: Payload): Promise<void>;
  /**
   * Listens, from the moment Redis has acknowledged it.
   *
   * @returns a function that stops listening
   * @throws {TimeoutError} when Redis does not acknowledge within the limit
   */
  subscribe<Payload>(topic: Topic<Payload>, key: string, listener: (payload: Payload) => void): Promise<() => void>;
  /** Called after each reconnect, once the subscriptions are restored: messages in between are lost. */
  onReconnect(listener: () => void): void;
}>;

const SUBSCRIBE_TIMEOUT_MS = 4_000;
/** After Redis has refused a subscription, in milliseconds. */
const SUBSCRIBE_AGAIN_MS = 1_000;

/** Pub/sub over graphql-redis-subscriptions. Its iterators subscribe lazily, so only `subscribe` is used. */
export function createPubSub(connections: { publisher: Redis; subscriber: Redis }, logger: Logger): PubSub {
  const { publisher, subscriber } = connections;
  const pubsub = new RedisPubSub({ publisher, subscriber: untilAcknowledged(subscriber, logger) });

  return {
    async publish(topic, key, payload) {
      try {
        await pubsub.publish(topic.name(key), payload);
      } catch (error) {
        logger.warn({ err: error, channel: topic.name(key) }, "could not publish");
      }
    },

    async subscribe(topic, key, listener) {
      const channel = topic.name(key);
      const acknowledged = pubsub.subscribe(channel, (raw: unknown) => {
        const parsed = topic.payload.safeParse(raw);
        if (parsed.success) listener(parsed.data);
        else logger.warn({ channel, issues: parsed.error.issues }, "a message of another shape");
      });
      try {
        const id = await withTimeout(acknowledged, SUBSCRIBE_TIMEOUT_MS, "Redis did not acknowledge a subscription");
        return () => pubsub.unsubscribe(id);
      } catch (error) {
        // The acknowledgement may still come; then nobody is left to listen.
        acknowledged.then((id) => pubsub.unsubscribe(id)).catch(() => {});
        throw error;
      }
    },

    onReconnect(listener) {
      let connected = subscriber.status === "ready";
      subscriber.on("ready", () => {
        // ioredis sends its SUBSCRIBEs on "ready" too; a PING behind them in the same pipe is answered after them.
        if (connected) subscriber.ping().then(listener, () => {});
        connected = true;
      });
    },
  };
}

/**
 * The connection as graphql-redis-subscriptions should have it: a subscription that Redis refuses is asked for again. The
 * library would reject a promise that nobody handles, and that ends the process.
 */
function untilAcknowledged(subscriber: Redis, logger: Logger): Redis {
  function subscribe(channel: string, acknowledge: (error: null) => void): void {
    subscriber.subscribe(channel).then(
      () => acknowledge(null),
      (error: unknown) => {
        if (subscriber.status === "end") return;
        logger.warn({ err: error, channel }, "could not subscribe");
        setTimeout(subscribe, SUBSCRIBE_AGAIN_MS, channel, acknowledge).unref();
      },
    );
  }
  return new Proxy(subscriber, {
    get(target, name) {
      if (name === "subscribe") return subscribe;
      const value: unknown = Reflect.get(target, name);
      const bound: unknown = typeof value === "function" ? value.bind(target) : value;
      return bound;
    },
  });
}
