/** A wait that reached its limit. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** The promise's outcome, or a `TimeoutError` after `ms` milliseconds; the promise itself continues. */
export async function withTimeout<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(message)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms` milliseconds, or at once when the signal is aborted. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Exponential backoff with full jitter: between half and all of `base * 2^(tries - 1)`, at most `max` milliseconds. */
export function backoff(tries: number, base: number, max: number): number {
  const ceiling = Math.min(max, base * 2 ** Math.max(0, tries - 1));
  return Math.round(ceiling / 2 + Math.random() * (ceiling / 2));
}
