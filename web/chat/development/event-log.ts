import type { Payload, Result, Sink } from "../../../packages/client/src/live/resuming.ts";
import type { Socket } from "../connection/socket.ts";

/** One thing that the page heard over its socket. */
export type LoggedEvent = Readonly<{
  id: number;
  at: number;
  /** Of the subscription, such as `AccountChanged`. */
  operation: string;
  /** Where the reader stands after it, as the variables that go on from there. */
  position: Readonly<Record<string, unknown>>;
  result: unknown;
  payload: Payload;
}>;

export type EventLog = Readonly<{
  getEvents(): readonly LoggedEvent[];
  subscribe(listener: () => void): () => void;
  clear(): void;
}>;

const MAX_EVENTS = 200;

/**
 * Notes what a socket's subscriptions bring, the newest first. For development alone.
 *
 * @returns the log, and the socket to use instead
 */
export function logEvents(socket: Socket): { log: EventLog; socket: Socket } {
  const listeners = new Set<() => void>();
  let events: readonly LoggedEvent[] = [];
  let count = 0;
  const set = (next: readonly LoggedEvent[]) => {
    events = next;
    for (const listener of listeners) listener();
  };
  const note = (payload: Payload, result: Result<unknown>) => {
    count += 1;
    const operation = /subscription\s+(\w+)/.exec(payload.query)?.[1] ?? "anonymous";
    const position = positionOf(payload, result);
    set([{ id: count, at: Date.now(), operation, position, result, payload }, ...events].slice(0, MAX_EVENTS));
  };
  const log: EventLog = {
    getEvents: () => events,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear: () => set([]),
  };
  const subscribe = <Data>(payload: Payload, sink: Sink<Result<Data>>) =>
    socket.subscribe<Data>(payload, {
      ...sink,
      next(result) {
        note(payload, result);
        sink.next(result);
      },
    });
  return { log, socket: { ...socket, subscribe } };
}

/** The variables by which the same subscription goes on after this event. */
function positionOf({ variables = {} }: Payload, result: Result<unknown>): Record<string, unknown> {
  const { position } = (result.extensions ?? {}) as { position?: string };
  if (position !== undefined) return { ...variables, after: position };
  const chunk = (result.data as { replyStream?: { attempt: number; offset: number; text: string } } | null)
    ?.replyStream;
  if (chunk) return { ...variables, attempt: chunk.attempt, offset: chunk.offset + chunk.text.length };
  return { ...variables };
}
