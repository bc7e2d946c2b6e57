/** What React's `useSyncExternalStore` and any other front end can show: a state that is replaced, never changed. */
export type Store<State> = Readonly<{
  getSnapshot(): State;
  /** @returns ends the listening */
  subscribe(listener: () => void): () => void;
}>;

export type Value<State> = Store<State> & Readonly<{ set(state: State): void }>;

/** A store that is set from outside. */
export function createValue<State>(initial: State): Value<State> {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    getSnapshot: () => state,
    subscribe(listener) {
      // Of its own, so that a function that listens twice can leave once.
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    set(next) {
      if (Object.is(next, state)) return;
      state = next;
      for (const listener of Array.from(listeners)) listener();
    },
  };
}

/**
 * A store that begins with its first listener, and ends with its last. A listener that comes back at once, as React's do
 * when it mounts twice, finds it running.
 *
 * @param start begins, and returns what ends it
 */
export function createStore<State>(value: Store<State>, start: () => () => void): Store<State> {
  let listeners = 0;
  let stop: (() => void) | undefined;
  return {
    getSnapshot: value.getSnapshot,
    subscribe(listener) {
      const leave = value.subscribe(listener);
      listeners += 1;
      stop ??= start();
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
        listeners -= 1;
        setTimeout(() => {
          if (listeners > 0) return;
          stop?.();
          stop = undefined;
        }, 0);
      };
    },
  };
}
