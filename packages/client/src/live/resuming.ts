import { judgeEnding } from "./endings.ts";
import { backOff, wait as waitToRetry } from "./waking.ts";
import { liveFieldOf, positionAfter, type LiveField, type Position } from "./positions.ts";

/** How graphql-ws and graphql-sse subscribe; the function that is returned ends the subscription. */
export type Subscribe = <Data>(payload: Payload, sink: Sink<Result<Data>>) => () => void;

export type Payload = Readonly<{
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}>;
export type Result<Data> = {
  data?: Data | null | undefined;
  errors?: readonly unknown[] | undefined;
  extensions?: Record<string, unknown> | undefined;
};
export type Sink<Value> = { next(value: Value): void; error(cause: unknown): void; complete(): void };

export type ResumeOptions = Readonly<{
  /** Called when the server does not take the access token that the connection was made with. */
  onTokenRefused?: () => void;
  /** Called when a subscription has broken off, before the wait: an app may show that it reconnects. */
  onBroken?: (cause: unknown, waitMs: number) => void;
  /** How long to wait after so many failures in a row, in milliseconds. */
  wait?: (failures: number) => number;
}>;

/** A subscription that lasted so long had a good connection: its end is not one more failure in a row. */
const GOOD_MS = 10_000;

/**
 * Wraps a client's `subscribe` so that live subscriptions survive a lost connection, a restart of the server and an
 * expired token, without missing an event or getting one twice: each try starts at the position that the last event
 * led to. Other operations pass through untouched.
 *
 * The client should not retry by itself (`retryAttempts: 0`): it would send the original variables again.
 *
 * The sink's `error` gets what ends a subscription for good, as the client reported it.
 */
export function resuming(subscribe: Subscribe, options: ResumeOptions = {}): Subscribe {
  return (payload, sink) => {
    let field: LiveField | undefined;
    try {
      field = liveFieldOf(payload.query);
    } catch (fault) {
      queueMicrotask(() => sink.error(fault));
      return () => {};
    }
    return field ? follow(subscribe, payload, sink, field, options) : subscribe(payload, sink);
  };
}

function follow<Data>(
  subscribe: Subscribe,
  payload: Payload,
  sink: Sink<Result<Data>>,
  field: LiveField,
  { onTokenRefused, onBroken, wait = backOff }: ResumeOptions,
): () => void {
  let position: Position = {};
  let failures = 0;
  let refusals = 0;
  let unsubscribe = () => {};
  let stopWaiting = () => {};

  function start(): void {
    const startedAt = Date.now();
    // Of a try that is over, nothing counts any more.
    let over = false;
    const end = (then: () => void) => {
      if (over) return;
      over = true;
      then();
    };
    const breakOff = (cause: unknown) => {
      if (Date.now() - startedAt > GOOD_MS) failures = refusals = 0;
      comeBackOrStop(cause);
    };

    const request = {
      ...payload,
      // Read whenever the request is sent. graphql-ws sends it again after close code 1000, whatever its options say.
      get variables() {
        return { ...payload.variables, ...position };
      },
    };
    const cancel = subscribe<Data>(request, {
      next(result) {
        if (over) return;
        // Refused, or an event that could not be read: the server's cursor is past it, but this reader is not.
        if (!result.data) return leave(() => breakOff(result.errors));
        const before = JSON.stringify(position);
        try {
          const event = { data: result.data, extensions: result.extensions };
          position = positionAfter(field, event, { ...payload.variables, ...position });
        } catch (fault) {
          return leave(() => sink.error(fault));
        }
        refusals = 0;
        // Each try at a reply begins with an event, be it empty: only one that leads on is worth a quick return.
        if (JSON.stringify(position) !== before) failures = 0;
        sink.next(result);
      },
      error: (cause) => end(() => breakOff(cause)),
      complete: () => end(() => sink.complete()),
    });
    const leave = (then: () => void) =>
      end(() => {
        cancel();
        then();
      });
    unsubscribe = () => leave(() => {});
  }

  function comeBackOrStop(cause: unknown): void {
    const verdict = judgeEnding(cause);
    if (!verdict.again) return sink.error(cause);
    if (verdict.newToken) {
      // A token that was got for this very try was refused as well.
      if (refusals > 0) return sink.error(cause);
      refusals += 1;
      onTokenRefused?.();
    }
    const leastMs = verdict.waitMs ?? 0;
    const waitMs = leastMs + wait(failures);
    failures += 1;
    onBroken?.(cause, waitMs);
    stopWaiting = waitToRetry(waitMs, start, leastMs);
  }

  start();
  return () => {
    stopWaiting();
    unsubscribe();
  };
}
