import type { AppContext } from "../../app-context.ts";
import type { Limit } from "../../platform/redis/rate-limits.ts";
import { networkKey } from "./device.ts";
import { isKnownNetwork } from "./known-networks.ts";

/** Wrong passwords for one account from one address: an attacker locks out only themselves. */
const PER_ACCOUNT_AND_ADDRESS: Limit = { name: "password-account", points: 5, seconds: 900 };
/** Wrong passwords from one address for any account: a whole company may share the address. */
const PER_ADDRESS: Limit = { name: "password-address", points: 50, seconds: 3_600 };
/**
 * Wrong passwords for one account from all addresses that it has never been used from. They only slow each other down:
 * the person's own addresses do not count, and signing in with a code is always open.
 */
const STRANGERS: Limit = { name: "password-strangers", points: 10, seconds: 60 };
/** Wrong passwords of a signed-in user: a thief of the session must not keep guessing. */
const PER_USER: Limit = { name: "password-user", points: 5, seconds: 900 };

/** A try that was let through; it counts as a wrong one until this is called. */
export type WasRight = () => Promise<void>;

/**
 * Admits a try at a password, or refuses it. A try is counted before it is checked, so concurrent tries gain nothing.
 * An unknown number is counted like any other.
 *
 * @throws {DomainError} `RATE_LIMITED`; `UNAVAILABLE` when Redis, which counts, is unavailable
 */
export async function admitSignIn(
  ctx: AppContext,
  { phone, ip }: { phone: string; ip: string | null },
): Promise<WasRight> {
  const network = networkKey(ip);
  const counts: (readonly [Limit, string])[] = [
    [PER_ACCOUNT_AND_ADDRESS, `${phone} ${network}`],
    [PER_ADDRESS, network],
  ];
  if (!(await isKnownNetwork(ctx, phone, ip))) counts.push([STRANGERS, phone]);
  return take(ctx, counts);
}

/** Admits a signed-in user's try at the current password. @throws as `admitSignIn` */
export const admitOwner = (ctx: AppContext, userId: string): Promise<WasRight> => take(ctx, [[PER_USER, userId]]);

async function take(ctx: AppContext, counts: readonly (readonly [Limit, string])[]): Promise<WasRight> {
  for (const [limit, key] of counts) await ctx.limits.take(limit, key);
  return async () => {
    await Promise.all(counts.map(([limit, key]) => ctx.limits.giveBack(limit, key)));
  };
}
