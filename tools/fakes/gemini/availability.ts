import { errorBody, quotaBody, retiredBody } from "./errors.ts";

/** What is wrong with a model; `times` requests long (1 for ever is `Infinity`, the default). */
export type Outage = Readonly<
  ({ kind: "retired" } | { kind: "overloaded" } | { kind: "quota"; per: "minute" | "day"; retryAfter?: number }) & {
    times?: number;
  }
>;

/** How models stand, as a test or `POST /fake/models/<id>` has set it. */
export type Availability = Readonly<{
  set(model: string, outage: Outage): void;
  /** The model is well again. */
  restore(model: string): void;
  /** Whether the model is listed. */
  has(model: string): boolean;
  /** The error that a request for a reply gets; counts it. */
  refuse(model: string): Readonly<{ status: number; body: unknown }> | undefined;
  reset(): void;
}>;

/** Seconds; a day's quota says so little as well. */
const RETRY_AFTER = 34;

/** All models well. */
export function createAvailability(): Availability {
  const outages = new Map<string, { outage: Outage; left: number }>();
  return {
    set: (model, outage) => void outages.set(model, { outage, left: outage.times ?? Number.POSITIVE_INFINITY }),
    restore: (model) => void outages.delete(model),
    has: (model) => outages.get(model)?.outage.kind !== "retired",
    refuse(model) {
      const found = outages.get(model);
      if (!found) return undefined;
      found.left -= 1;
      if (found.left <= 0) outages.delete(model);
      return outageError(model, found.outage);
    },
    reset: () => outages.clear(),
  };
}

/** The answer of a model that is retired, overloaded, or asked too much. */
export function outageError(model: string, outage: Outage): { status: number; body: unknown } {
  switch (outage.kind) {
    case "retired":
      return { status: 404, body: retiredBody(model) };
    case "overloaded":
      return { status: 503, body: errorBody(503) };
    case "quota":
      return { status: 429, body: quotaBody({ model, per: outage.per, retryAfter: outage.retryAfter ?? RETRY_AFTER }) };
    default:
      return outage satisfies never;
  }
}

/**
 * An outage in a word: `retired`, `overloaded`, `minute` or `day` (a quota); undefined for another word, as for `ok`.
 */
export function readOutage(word: string, retryAfter?: number): Outage | undefined {
  switch (word) {
    case "retired":
    case "overloaded":
      return { kind: word };
    case "minute":
    case "day":
      return { kind: "quota", per: word, ...(retryAfter === undefined ? {} : { retryAfter }) };
    default:
      return undefined;
  }
}
