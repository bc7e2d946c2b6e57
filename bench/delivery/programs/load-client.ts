import { monotonicNow, monotonicOffset } from "../../_support/numbers.ts";
import type { Pace } from "../../_support/pace.ts";
import { serveCommands } from "../../_support/serve.ts";
import type { System } from "../cases.ts";
import { PROTOCOLS, readPiece, type Protocol } from "../protocols.ts";
import { connect, forEachOf, type ClientSocket } from "../sockets.ts";
import { measureLatencies, Subscriber } from "../subscriber.ts";

/** All readers of all systems, in one process: the same code for each of them, but for the words of its protocol. */
let sockets: readonly ClientSocket[] = [];
let protocol: Protocol = PROTOCOLS.bare;
let subscribers: Subscriber[] = [];
let frames = 0;
/** Code units of text. */
let units = 0;
let whole = () => {};

const fromBoot = monotonicOffset();

await serveCommands({
  /** Opens that many connections, and signs in where that is asked for. */
  async connect({ system, count, ...target }: { system: System; port: number; count: number; token: string }) {
    protocol = PROTOCOLS[system];
    sockets = await forEachOf(Array.from({ length: count }), () => connect(protocol, target));
  },

  /** Puts a reader on each connection, `perReply` for each reply. Resolves when all of them stand. */
  async subscribe({ replies, perReply, pace }: { replies: string[]; perReply: number; pace: Pace }) {
    subscribers = sockets.map(() => new Subscriber(pace));
    await forEachOf(sockets, async (socket, index) => {
      const subscriber = subscribers[index] as Subscriber;
      await socket.subscribe(replies[Math.floor(index / perReply)] ?? "", (text) => receive(subscriber, text));
    });
  },

  counts: () => ({ now: monotonicNow(), frames, units }),

  /** Waits until every reader holds the whole text, or for the limit, and tells how late the chunks were. */
  async finish(input: { times: number[][]; perReply: number; from: number; to: number; limitMs: number }) {
    const limit = new Promise((resolve) => setTimeout(resolve, input.limitMs));
    const complete = new Promise<void>((resolve) => {
      whole = () => subscribers.every((subscriber) => subscriber.whole) && resolve();
    });
    whole();
    await Promise.race([complete, limit]);
    const onOwnClock = input.times.map((times) => times.map((time) => time - fromBoot));
    const timesOf = subscribers.map((_, index) => onOwnClock[Math.floor(index / input.perReply)] ?? []);
    return measureLatencies(subscribers, timesOf, { from: input.from - fromBoot, to: input.to - fromBoot });
  },

  async disconnect() {
    await Promise.all(sockets.map((socket) => socket.close()));
    sockets = [];
    subscribers = [];
  },
});

function receive(subscriber: Subscriber, text: string): void {
  frames += 1;
  const piece = protocol.raw ? { offset: subscriber.received, length: text.length } : readPiece(text);
  if (!piece || piece.length === 0) return;
  units += piece.length;
  subscriber.take(piece.offset, piece.length, performance.now());
  if (subscriber.whole) whole();
}
