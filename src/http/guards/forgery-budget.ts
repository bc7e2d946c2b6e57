import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { networkOf } from "../../platform/network.ts";

/** Events of one address that may turn out not to be Stripe's, in a minute. Checking one hashes up to 512 KiB. */
const FORGERIES_PER_MINUTE = 30;
const MINUTE_S = 60;

/** Counts the events that were not Stripe's, by address: those of Stripe's own never count. */
export type ForgeryBudget = Readonly<{
  /** @param ip null for an address that is not known: all of those are counted together */
  isSpent(ip: string | null): Promise<boolean>;
  /** @returns how many there have been within the minute, this one included */
  count(ip: string | null): Promise<number>;
}>;

export function createForgeryBudget(): ForgeryBudget {
  const limiter = new RateLimiterMemory({ points: FORGERIES_PER_MINUTE, duration: MINUTE_S });
  const keyOf = (ip: string | null): string => (ip === null ? "unknown" : networkOf(ip));
  return {
    async isSpent(ip) {
      const counted = await limiter.get(keyOf(ip));
      return counted !== null && counted.consumedPoints >= FORGERIES_PER_MINUTE;
    },
    async count(ip) {
      try {
        return (await limiter.consume(keyOf(ip))).consumedPoints;
      } catch (error) {
        if (error instanceof RateLimiterRes) return error.consumedPoints;
        throw error;
      }
    },
  };
}
