import { addDays, dateIn, startOfDate } from "../time-zone.ts";

/** What Gemini says of waiting, in the details of an error (google.rpc.RetryInfo, google.rpc.QuotaFailure). */
export type WaitDetail = Readonly<{
  retryDelay?: string | undefined;
  violations?: readonly Readonly<{ quotaId?: string | undefined }>[] | undefined;
}>;

/** The longest wait that is believed, in milliseconds: what is longer is no time, and its end may be no date. */
const MAX_WAIT_MS = 366 * 86_400_000;
/** Daily quotas reset at midnight there (https://ai.google.dev/gemini-api/docs/rate-limits). */
const QUOTA_TIME_ZONE = "America/Los_Angeles";

/**
 * How long the provider asks to be left alone: the longest delay in the details, else the header.
 *
 * @param header `Retry-After`
 * @returns milliseconds, from 0 to a year; undefined when it says nothing, or nothing that can be read
 */
export function readWait(details: readonly WaitDetail[], header: string | null): number | undefined {
  const delays = details.map(({ retryDelay }) => readDelay(retryDelay)).filter((delay) => delay !== undefined);
  return delays.length > 0 ? Math.max(...delays) : readRetryAfter(header);
}

/** Whether a day's quota is used up: one of a minute is said in the same words, and differs by its id alone. */
export const isDailyQuota = (details: readonly WaitDetail[]): boolean =>
  details.some(({ violations }) => violations?.some(({ quotaId }) => /PerDay/i.test(quotaId ?? "")));

/** How long until a daily quota resets, in milliseconds. */
export function untilNextDay(now: Date): number {
  return startOfDate(QUOTA_TIME_ZONE, addDays(dateIn(QUOTA_TIME_ZONE, now), 1)).getTime() - now.getTime();
}

/** A `google.protobuf.Duration` in its JSON form, seconds with an `s`, in milliseconds. */
function readDelay(text: string | undefined): number | undefined {
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(text ?? "") ?? [];
  return seconds === undefined ? undefined : bound(Number(seconds) * 1_000);
}

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, in milliseconds. */
function readRetryAfter(header: string | null): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return bound(Number(text) * 1_000);
  // JavaScript takes many things for a date, "-5" among them; each form of HTTP's begins with the day of the week.
  const at = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : bound(at - Date.now());
}

const bound = (ms: number): number => Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(ms)));
