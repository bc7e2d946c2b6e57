import { serveCommands } from "../../_support/commands.ts";
import { monotonicNow, monotonicOffset } from "../../_support/numbers.ts";
import { measureLatencies, type Latencies } from "../latencies.ts";
import type { Pace, SystemName } from "../pace.ts";
import { startPolling } from "../poll.ts";
import { PROTOCOLS, readPiece, ROOMS, type Protocol } from "../protocols.ts";
import { connectSockets, type ClientSocket } from "../sockets.ts";
import { Subscriber } from "../subscriber.ts";

/** All readers of all systems, in one process: the same code for each of them, but for the words of its protocol. */
let sockets: readonly ClientSocket[] = [];
let protocol: Protocol = PROTOCOLS.bare;
let subscribers: Subscriber[] = [];
let stopPolling = () => {};
let frames = 0;
let chunks = 0;
let whole = () => {};

const fromBoot = monotonicOffset();

await serveCommands({
  /** Opens that many connections, and signs in where that is asked for. */
  async connect(input: { system: SystemName; rooms?: boolean; port: number; count: number; token: string }) {
    if (input.system === "polling") return;
    protocol = input.rooms ? ROOMS : PROTOCOLS[input.system];
    sockets = await connectSockets(protocol, input);
  },

  /** Puts readers in their places: `perReply` connections for each reply. Resolves when all of them stand. */
  async subscribe(input: { replies: string[]; perReply: number; pace: Pace }) {
    subscribers = [];
    await Promise.all(
      sockets.map(async (socket, index) => {
        const reply = Math.floor(index / input.perReply);
        const subscriber = new Subscriber(reply, input.pace);
        subscribers.push(subscriber);
        await socket.subscribe(input.replies[reply] ?? "", (text) => receive(subscriber, text));
      }),
    );
  },

  /** As `subscribe`, for readers that ask again every `everyMs`. */
  poll(input: { replies: string[]; perReply: number; pace: Pace; port: number; everyMs: number; seed: number }) {
    subscribers = input.replies.flatMap((_, reply) =>
      Array.from({ length: input.perReply }, () => new Subscriber(reply, input.pace)),
    );
    stopPolling = startPolling(input, subscribers, (subscriber, length) => {
      frames += 1;
      count(subscriber, subscriber.received, length);
    });
  },

  /** As `subscribe`, for rooms; what comes is not looked at. */
  async follow({ keys }: { keys: string[] }) {
    await Promise.all(sockets.map((socket, index) => socket.subscribe(keys[index % keys.length] ?? "", () => {})));
  },

  counts: () => ({ now: monotonicNow(), frames, chunks }),

  /** Waits until every reader holds the whole text, or for the limit, and tells how late the chunks were. */
  async finish(input: { times: number[][]; window: { from: number; to: number }; limitMs: number }) {
    const limit = new Promise((resolve) => setTimeout(resolve, input.limitMs));
    const complete = new Promise<void>((resolve) => {
      whole = () => subscribers.every((subscriber) => subscriber.whole) && resolve();
    });
    whole();
    await Promise.race([complete, limit]);
    const onOwnClock = input.times.map((times) => times.map((time) => time - fromBoot));
    const window = { from: input.window.from - fromBoot, to: input.window.to - fromBoot };
    const latencies: Latencies = measureLatencies(subscribers, onOwnClock, window);
    return { ...latencies, faults: subscribers.reduce((sum, { faults }) => sum + faults, 0) };
  },

  /** Ends the subscriptions and keeps the connections. */
  unsubscribe: () => sockets.forEach((socket) => socket.unsubscribe()),

  async disconnect() {
    stopPolling();
    await Promise.all(sockets.map((socket) => socket.close()));
    sockets = [];
    subscribers = [];
  },
});

function receive(subscriber: Subscriber, text: string): void {
  frames += 1;
  if (protocol.raw) return count(subscriber, subscriber.received, text.length);
  const piece = readPiece(text);
  if (piece && piece.length > 0) count(subscriber, piece.offset, piece.length);
}

function count(subscriber: Subscriber, offset: number, length: number): void {
  chunks += subscriber.take(offset, length, performance.now());
  if (subscriber.whole) whole();
}
