import type { Waiters } from "./waiters.ts";

/** What a refusal says, such as `{ code: "resource_missing" }`. */
export type ApiError = Readonly<{ code?: string; message?: string; param?: string }>;

/** Which requests are meant. */
export type Matcher = Readonly<{ method?: string; path: RegExp }>;

/**
 * What goes wrong with a request. `status`: it is refused, and nothing is done. `broken`: it is carried out, and answered
 * with 500. `cut`: it is carried out, and the connection breaks before the answer. `held`: it is carried out, and the answer
 * waits.
 */
export type Fault =
  | { kind: "status"; status: number; error: ApiError }
  | { kind: "broken" }
  | { kind: "cut" }
  | { kind: "held"; until: Promise<void> };

/** A request that was carried out, and whose answer waits. */
export type Held = Readonly<{
  /** Resolves when such a request has come. */
  arrived: Promise<unknown>;
  release(): void;
}>;

/** A process that has just started loads Stripe's SDK first, in milliseconds. */
const ARRIVAL_LIMIT_MS = 25_000;

type Planned = { matcher: Matcher; fault: Fault; left: number; used: number };

export type Faults = ReturnType<typeof createFaults>;

/** The faults that are still to come. */
export function createFaults(waiters: Waiters) {
  const planned: Planned[] = [];
  const plan = (matcher: Matcher, fault: Fault, times: number): Planned => {
    const entry = { matcher, fault, left: times, used: 0 };
    planned.push(entry);
    return entry;
  };
  return {
    fail: (matcher: Matcher, status: number, times = 1, error: ApiError = {}): void =>
      void plan(matcher, { kind: "status", status, error }, times),
    breakAfter: (matcher: Matcher, times = 1): void => void plan(matcher, { kind: "broken" }, times),
    cut: (matcher: Matcher, times = 1): void => void plan(matcher, { kind: "cut" }, times),
    hold(matcher: Matcher): Held {
      let release = (): void => {};
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      const entry = plan(matcher, { kind: "held", until }, 1);
      return {
        arrived: waiters.until(() => entry.used > 0 || undefined, `${matcher.path} to be asked for`, ARRIVAL_LIMIT_MS),
        release,
      };
    },
    /** The fault of this request, if it has one. */
    take(method: string, path: string): Fault | undefined {
      const found = planned.find(
        ({ matcher, left }) =>
          left > 0 && (matcher.method === undefined || matcher.method === method) && matcher.path.test(path),
      );
      if (!found) return undefined;
      found.left -= 1;
      found.used += 1;
      waiters.changed();
      return found.fault;
    },
    reset(): void {
      planned.length = 0;
    },
  };
}
