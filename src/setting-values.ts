import { BlockList, isIP } from "node:net";
import { isSupportedCountry, type CountryCode } from "libphonenumber-js/max";
import { z } from "zod";
import { MODEL_NAME } from "./model-catalogue/catalogue.ts";

/** How the settings are written: what each of these takes, and makes of it. Times become milliseconds. */

const DURATION = /^(\d+)\s*(ms|s|m|h|d)$/;
export const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Node's timers take 24 days at most, and fire at once for more: what is waited for is shorter than that. */
export const MAX_WAIT = "24h";
/** Dates end some time. */
const MAX_LIFETIME = "3650d";

/** A time, with its bounds written as the time itself is. */
export const duration = (minimum: string, maximum: string) =>
  z.string().transform((text, issue) => {
    const ms = readDuration(text);
    if (ms >= readDuration(minimum) && ms <= readDuration(maximum)) return ms;
    const message = Number.isNaN(ms)
      ? "must be a time such as 15m, 30d or 250ms"
      : `must be from ${minimum} to ${maximum}`;
    issue.addIssue({ code: "custom", message });
    return z.NEVER;
  });
export const lifetime = duration("1s", MAX_LIFETIME);
export const grace = duration("0s", MAX_LIFETIME);

function readDuration(text: string): number {
  const [, amount = "", unit = ""] = DURATION.exec(text.trim()) ?? [];
  return Number(amount) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? NaN);
}

export const flag = z.enum(["true", "false"]).transform((text) => text === "true");
export const count = (minimum: number, maximum: number) =>
  z.string().transform((text, issue) => {
    const number = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (number >= minimum && number <= maximum) return number;
    issue.addIssue({ code: "custom", message: `must be a whole number from ${minimum} to ${maximum}` });
    return z.NEVER;
  });
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);
/** As a browser writes it, also that of an app's web view, such as `capacitor://localhost`. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\sA-Z/?#@*]+$/;
export const origins = list.refine(
  (all) => all.every((origin) => ORIGIN.test(origin)),
  "must be origins such as https://example.com, in small letters and without a path",
);
export const modelNames = list.refine((all) => all.every((name) => MODEL_NAME.test(name)), "must be names of models");

export const countries = list.transform((all, issue): CountryCode[] => {
  if (all.every((code) => isSupportedCountry(code))) return all;
  issue.addIssue({ code: "custom", message: "must be countries as ISO 3166-1 writes them, such as DE,US" });
  return z.NEVER;
});

/** How many proxies stand in front, or the networks that they are in. */
export type TrustProxy = number | readonly string[];

const MAX_HOPS = 10;
const NO_PROXIES = "must be a number of proxies, or addresses and networks such as 10.0.0.0/8";
export const proxies = list.transform((all, issue): TrustProxy => {
  const [hops = ""] = all;
  if (all.length === 1 && /^\d+$/.test(hops) && Number(hops) <= MAX_HOPS) return Number(hops);
  if (all.every(isNetwork)) return all;
  issue.addIssue({ code: "custom", message: NO_PROXIES });
  return z.NEVER;
});

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

/** Whether what listens there is reached from this machine only. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === "localhost" || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 4 ? "ipv4" : "ipv6"));

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    bits > 0 && rest.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
}

export const SECRET_LENGTH = 32;
/**
 * One secret, or two with a comma between them, the newest first. A comma inside a single secret does not divide it,
 * unless what it divides is long enough for two.
 */
export const secrets = z
  .string()
  .min(SECRET_LENGTH, `must have at least ${SECRET_LENGTH} characters`)
  .transform((text) => {
    const parts = text.split(",").map((part) => part.trim());
    return parts.every((part) => part.length >= SECRET_LENGTH) ? parts : [text];
  })
  .refine((all) => all.length <= 2, "must hold two secrets at most: the new one, and the one before");
const MAX_WEBHOOK_SECRETS = 3;
/** As Stripe makes them, the newest first: while one replaces another, Stripe signs with both. */
export const webhookSecrets = list.refine(
  (all) =>
    all.length > 0 && all.length <= MAX_WEBHOOK_SECRETS && all.every((secret) => /^whsec_[\w+/=-]+$/.test(secret)),
  `must be a secret that begins with whsec_, or up to ${MAX_WEBHOOK_SECRETS} with commas between them`,
);
export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// address" });
export const redisUrl = z.url({ protocol: /^rediss?$/, error: "must be a redis:// address" });
export const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });
/** The SDK takes a host and a port, and no path. */
export const httpOrigin = httpUrl.refine((url) => ["", "/"].includes(new URL(url).pathname), "must have no path");
