/**
 * What comes live, for one reader that takes it at its own pace. Nothing is queued for the reader, and nothing is
 * promised for each event: at a hundred readers an event, promises would cost more than all the rest.
 */
export interface LiveSource<T> {
  /** Nothing more will come. */
  readonly ended: boolean;
  /**
   * @returns what is next, if it is here now
   * @throws what has ended the source, once
   */
  take(): T | undefined;
  /** Sets the one listener, which is called when `take` may have something, or the source has ended. It must not throw. */
  onNews(listener: () => void): void;
  /** Ends the source; may be called again. */
  close(): void;
}

/**
 * A source as an async iterator of what `read` makes of what is taken. Ends cleanly with `return()`, also while a `next()` is waiting, which a generator
 * would not. Takes over the source's listener.
 */
export function iterate<T, U>(
  source: LiveSource<T>,
  read: (taken: T) => U,
): Required<AsyncIterableIterator<U, undefined>> {
  let waiting: (() => void)[] = [];
  source.onNews(() => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  const end = { done: true, value: undefined } as const;

  return {
    async next() {
      for (;;) {
        const taken = source.take();
        if (taken !== undefined) return { done: false, value: read(taken) };
        if (source.ended) return end;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    async return() {
      source.close();
      return end;
    },
    async throw(error) {
      source.close();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
