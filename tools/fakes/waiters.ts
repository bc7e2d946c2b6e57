/** Lets tests wait for a state instead of for time. */
export type Waiters = Readonly<{
  /** Looks at every pending probe again; to be called after each change. */
  changed(): void;
  /**
   * The probe's first result that is not undefined, now or after a change.
   *
   * @throws {Error} after `limitMs`, when the waiters are closed, or what the probe throws
   */
  until<T>(probe: () => T | undefined, what: string, limitMs?: number): Promise<T>;
  /** Rejects everything that still waits. */
  close(): void;
}>;

const DEFAULT_LIMIT_MS = 10_000;

type Pending = { look(): void; fail(message: string): void };

/** Waiters without anything to wait for yet. */
export function createWaiters(): Waiters {
  const pending = new Set<Pending>();
  return {
    changed() {
      for (const waiter of pending) waiter.look();
    },
    until<T>(probe: () => T | undefined, what: string, limitMs = DEFAULT_LIMIT_MS) {
      return new Promise<T>((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          pending.delete(waiter);
          act();
        };
        const waiter: Pending = {
          look() {
            try {
              const found = probe();
              if (found !== undefined) settle(() => resolve(found));
            } catch (error) {
              settle(() => reject(error instanceof Error ? error : new Error(String(error))));
            }
          },
          fail: (message) => settle(() => reject(new Error(message))),
        };
        const timer = setTimeout(() => waiter.fail(`waited ${limitMs} ms in vain for ${what}`), limitMs);
        pending.add(waiter);
        waiter.look();
      });
    },
    close() {
      for (const waiter of pending) waiter.fail("the fake was closed");
    },
  };
}
