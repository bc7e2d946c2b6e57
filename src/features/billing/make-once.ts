import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { StripeUnavailable } from "../../platform/stripe/errors.ts";

/** How long Stripe answers a key as it did the first time, in seconds. */
const KEY_LIFE_S = 86_400;
/** Stripe's clock may differ from ours by this, in milliseconds. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The present attempt, and the time of the first one, in milliseconds since 1970. */
const Attempts = z.object({ attempt: z.int(), since: z.number() });

/**
 * Makes something at Stripe once, also for concurrent calls and after a lost answer: all use the same idempotency key.
 * A key that Stripe answered with a fault of its own is not used again, because that answer would stay for a day. Then
 * it is unknown whether the thing was made, so the next call searches for it before it uses another key.
 *
 * @param name the name of the thing, and its first key
 * @param steps `find` searches for what an earlier attempt has made since then; `make` makes it under a key
 * @throws {StripeUnavailable}
 */
export async function makeOnce<T>(
  ctx: Pick<AppContext, "redis" | "clock">,
  name: string,
  steps: Readonly<{ find(since: Date): Promise<T | null>; make(idempotencyKey: string): Promise<T> }>,
): Promise<T> {
  const entry = `billing:attempts:${name}`;
  const known = await ctx.redis.get(entry);
  const begun = ctx.clock.now().getTime() - CLOCK_SKEW_MS;
  const { attempt, since } = known === null ? { attempt: 0, since: begun } : Attempts.parse(JSON.parse(known));
  const found = attempt === 0 ? null : await steps.find(new Date(since));
  if (found !== null) return found;
  try {
    return await steps.make(attempt === 0 ? name : `${name}:${attempt}`);
  } catch (error) {
    if (error instanceof StripeUnavailable && error.keySpent)
      await ctx.redis.set(entry, JSON.stringify({ attempt: attempt + 1, since }), "EX", KEY_LIFE_S);
    throw error;
  }
}
