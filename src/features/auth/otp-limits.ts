import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Limit } from "../../platform/redis/rate-limits.ts";
import { networkKey } from "./device.ts";
import { isKnownNetwork } from "./known-networks.ts";
import { countryOf } from "./phone.ts";

const HOUR_S = 3_600;
const hourly = (name: string, points: number): Limit => ({ name, points, seconds: HOUR_S });

/** A person who fails to read the code sees it within ten tries. */
const NUMBER_BY_NETWORK = hourly("otp-number-network", 10);
/** Protects a phone from a flood; it takes three networks to use this up. */
const NUMBER = hourly("otp-number", 30);
/**
 * Toll fraud requests codes for the numbers of a range that it earns from; ranges are rented by the ten thousand. Real
 * users of one range do not sign in this often within an hour from one network, nor ten times as often from all.
 */
const RANGE_BY_NETWORK = hourly("otp-range-network", 30);
const RANGE = hourly("otp-range", 300);
const RANGE_OMITS = 4;

type Count = readonly [Limit, string];

/**
 * Counts a code before it is sent: against the requesting network, the number, its range, its country, and all codes. A
 * network that the number's account has signed in from has a share of its own of the last two, which strangers cannot
 * use up.
 *
 * @param ip null when it is unknown; requests without one are counted together
 * @returns a function that takes the counts back, for a code that is not sent
 * @throws {DomainError} `RATE_LIMITED`, `UNAVAILABLE`
 */
export async function takeOtpSend(ctx: AppContext, phone: string, ip: string | null): Promise<() => Promise<void>> {
  const network = networkKey(ip);
  const range = phone.slice(0, -RANGE_OMITS);
  const { perIp, unlimited } = ctx.config.otp;
  const byNumberAndNetwork: Count[] = unlimited ? [] : [[NUMBER_BY_NETWORK, `${phone} ${network}`]];
  const ofStrangers: Count[] = unlimited
    ? []
    : [
        [RANGE_BY_NETWORK, `${range} ${network}`],
        [NUMBER, phone],
        [RANGE, range],
      ];
  // The network's own limit comes first, so that one network cannot use up the shared ones.
  const counts: Count[] = [
    ...limited("otp-ip", perIp, network),
    ...byNumberAndNetwork,
    ...ofStrangers,
    ...ceilings(ctx, phone, "strangers"),
  ];
  return orAsKnown(
    ctx,
    { phone, ip },
    () => takeAll(ctx, counts),
    () => takeAll(ctx, [...byNumberAndNetwork, ...ceilings(ctx, phone, "known")]),
  );
}

const limited = (name: string, points: number, key: string): Count[] =>
  points > 0 ? [[hourly(name, points), key]] : [];

/** The cost limit of all codes of an hour, for all users together. */
const ceilings = ({ config }: AppContext, phone: string, share: "strangers" | "known"): Count[] => [
  ...limited("otp-country", config.otp.perCountry, `${countryOf(phone)} ${share}`),
  ...limited("otp-all", config.otp.perHour, share),
];

async function takeAll(ctx: AppContext, counts: readonly Count[]): Promise<() => Promise<void>> {
  const taken: Count[] = [];
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

/** Retries `work` as `asKnown` when a limit refuses strangers and the account knows the network. */
async function orAsKnown<T>(
  ctx: AppContext,
  { phone, ip }: { phone: string; ip: string | null },
  work: () => Promise<T>,
  asKnown: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refused = error instanceof DomainError && error.code === "RATE_LIMITED";
    if (!refused || !(await isKnownNetwork(ctx, phone, ip))) throw error;
    return asKnown();
  }
}

/**
 * Counts a guess at a code against its network before it is checked, so concurrent guesses gain nothing. A right guess
 * is not counted. A network that the account knows is not limited: `OTP_MAX_TRIES` wrong guesses void a code anyway.
 *
 * @throws {DomainError} `RATE_LIMITED`, `UNAVAILABLE`, and what the guess throws
 */
export async function countGuess<T>(
  ctx: AppContext,
  from: { phone: string; ip: string | null },
  guess: () => Promise<T>,
): Promise<T> {
  const counts = limited("guess-ip", ctx.config.otp.perIp, networkKey(from.ip));
  const giveBack = await orAsKnown(
    ctx,
    from,
    () => takeAll(ctx, counts),
    async () => async () => {},
  );
  const right = await guess();
  await giveBack();
  return right;
}
