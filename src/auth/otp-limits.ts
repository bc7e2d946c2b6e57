import type { AppContext } from "../app-context.ts";
import { networkOf } from "../platform/network.ts";
import type { Limit } from "../platform/rate-limits.ts";

const HOUR_S = 3_600;

/** A person who fails to read the code sees it within ten tries; a stranger can fill nobody's phone. */
const PER_NUMBER: Limit = { name: "otp-number", points: 10, seconds: HOUR_S };
/**
 * Toll fraud asks for codes to the numbers of a range that it earns from, which is rented by the ten thousand. So many
 * people of one range do not sign in within an hour, or the host is one that talks to its SMS provider about it.
 */
const PER_PREFIX: Limit = { name: "otp-prefix", points: 30, seconds: HOUR_S };
const PREFIX_OMITS = 4;

const perAddress = (ctx: AppContext, name: string): Limit => ({ name, points: ctx.config.otp.perIp, seconds: HOUR_S });

const keyOf = (ip: string | null): string => (ip === null ? "unknown" : networkOf(ip));

/**
 * Counts a code that is about to be sent, against its number, the number's range and the address that asks.
 *
 * @param ip null when it is not known: all of those count as one address
 * @returns takes all of it back, for a code that is not sent after all
 * @throws {DomainError} `RATE_LIMITED`, `UNAVAILABLE`
 */
export async function takeOtpSend(ctx: AppContext, phone: string, ip: string | null): Promise<() => Promise<void>> {
  const counts: (readonly [Limit, string])[] = ctx.config.otp.unlimited
    ? []
    : [
        [PER_PREFIX, phone.slice(0, -PREFIX_OMITS)],
        [PER_NUMBER, phone],
      ];
  // First, so that one address cannot use up what others have.
  if (ctx.config.otp.perIp > 0) counts.unshift([perAddress(ctx, "otp-ip"), keyOf(ip)]);

  const taken: (readonly [Limit, string])[] = [];
  const giveBack = async () => {
    await Promise.all(taken.map(([limit, key]) => ctx.limits.giveBack(limit, key)));
  };
  try {
    for (const count of counts) {
      await ctx.limits.take(...count);
      taken.push(count);
    }
  } catch (error) {
    await giveBack();
    throw error;
  }
  return giveBack;
}

/**
 * Counts a guess at a code against the address it comes from, before it is looked at, so that many at once have no more
 * than one after the other. A right one does not count.
 *
 * @throws {DomainError} `RATE_LIMITED`, `UNAVAILABLE`, and what the guess throws
 */
export async function countGuess<T>(ctx: AppContext, ip: string | null, guess: () => Promise<T>): Promise<T> {
  if (ctx.config.otp.perIp === 0) return guess();
  const count = [perAddress(ctx, "guess-ip"), keyOf(ip)] as const;
  await ctx.limits.take(...count);
  const right = await guess();
  await ctx.limits.giveBack(...count);
  return right;
}
