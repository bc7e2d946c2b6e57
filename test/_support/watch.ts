/** A subscription as a test sees it: what came, and waits for what is to come. */
export type Watch<Event> = Readonly<{
  /** All events so far. */
  events: readonly Event[];
  /** The first event, past or to come, that the test accepts. Rejects when the subscription ends before, or after 15 s. */
  until(accept: (event: Event) => boolean): Promise<Event>;
  /** Resolves with the number of events when the subscription completes; rejects with what ended it otherwise. */
  completed: Promise<number>;
  stop(): void;
}>;

const WAIT_LIMIT_MS = 30_000;

/** @param start subscribes, and returns what unsubscribes */
export function createWatch<Event>(
  start: (sink: { next(event: Event): void; error(error: unknown): void; complete(): void }) => () => void,
): Watch<Event> {
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  let over: { error?: unknown } | undefined;
  const changed = () => [...listeners].forEach((listener) => listener());

  const completed = new Promise<number>((resolve, reject) => {
    listeners.add(() => {
      if (over === undefined) return;
      if ("error" in over) reject(over.error instanceof Error ? over.error : new SubscriptionFailure(over.error));
      else resolve(events.length);
    });
  });
  completed.catch(() => {});

  const stop = start({
    next(event) {
      events.push(event);
      changed();
    },
    error(error) {
      over ??= { error };
      changed();
    },
    complete() {
      over ??= {};
      changed();
    },
  });

  return {
    events,
    completed,
    stop,
    until(accept) {
      return new Promise((resolve, reject) => {
        let looked = 0;
        const finish = (end: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          end();
        };
        const look = () => {
          for (; looked < events.length; looked += 1) {
            const event = events[looked];
            if (event !== undefined && accept(event)) return finish(() => resolve(event));
          }
          if (over === undefined) return;
          const { error } = over;
          finish(() => reject(error instanceof Error ? error : new SubscriptionFailure(error ?? "it completed")));
        };
        const timer = setTimeout(
          () => finish(() => reject(new SubscriptionFailure(`nothing fits among ${JSON.stringify(events.slice(-5))}`))),
          WAIT_LIMIT_MS,
        );
        listeners.add(look);
        look();
      });
    },
  };
}

/** A subscription that ended, or said nothing, against the test's expectation; `cause` is a close event or GraphQL errors. */
class SubscriptionFailure extends Error {
  override readonly name = "SubscriptionFailure";
  constructor(cause: unknown) {
    super(`The subscription failed: ${typeof cause === "string" ? cause : describe(cause)}`, { cause });
  }
}

function describe(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "code" in cause) return `closed with ${String(cause.code)}`;
  return JSON.stringify(cause);
}
