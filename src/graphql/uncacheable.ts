import type { RequestContext } from "./context.ts";
import { perRequest } from "./per-request.ts";

const stateOf = perRequest(() => ({ uncacheable: false }));

/** Keeps the result of this request out of the cache, because it holds something that changes by itself. */
export function keepFromCache(context: RequestContext): void {
  stateOf(context).uncacheable = true;
}

export const isKeptFromCache = (context: RequestContext): boolean => stateOf(context).uncacheable;
