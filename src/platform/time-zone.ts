/** Days of the calendar, in the time zones of the IANA database as Node knows them. A date is a `Date` at midnight UTC. */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Offsets and the times of changes to daylight saving are whole minutes. */
const STEP_MS = 60_000;
/** A formatter takes long to make, and some memory to keep. */
const MAX_FORMATTERS = 100;
/** A search takes 0.1 ms, and everybody in a time zone asks for the same ones. */
const MAX_STARTS = 1_000;

const formatters = new Map<string, Intl.DateTimeFormat>();
const starts = new Map<string, Date>();

/**
 * Reads the name of a time zone, such as `Europe/Berlin`.
 *
 * @returns the zone in its usual spelling; null for an unknown one, and for a mere offset
 */
export function readTimeZone(name: string): string | null {
  if (!/^[A-Za-z][\w+\-/]*$/.test(name)) return null;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    // An alias resolves to another name, which may be the one that people there no longer use.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch {
    return null;
  }
}

/** The date of a time in a time zone. */
export function dateIn(timeZone: string, time: Date): Date {
  const parts = formatterOf(timeZone).formatToParts(time);
  const valueOf = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  return new Date(Date.UTC(valueOf("year"), valueOf("month") - 1, valueOf("day")));
}

/** When a date begins in a time zone: mostly at midnight, later where the clock leaps over that. */
export function startOfDate(timeZone: string, date: Date): Date {
  return keep(starts, MAX_STARTS, `${timeZone} ${date.getTime()}`, () => findStart(timeZone, date));
}

function findStart(timeZone: string, date: Date): Date {
  // Clocks are between 12 hours behind UTC and 14 ahead of it.
  let before = date.getTime() - 15 * HOUR_MS;
  let after = date.getTime() + 14 * HOUR_MS;
  while (after - before > STEP_MS) {
    const middle = before + Math.floor((after - before) / 2 / STEP_MS) * STEP_MS;
    if (dateIn(timeZone, new Date(middle)) < date) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/** The date that many days later, or earlier. */
export const addDays = (date: Date, days: number): Date => new Date(date.getTime() + days * DAY_MS);

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const options = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    calendar: "gregory",
    numberingSystem: "latn",
  } as const;
  return keep(formatters, MAX_FORMATTERS, timeZone, () => new Intl.DateTimeFormat("en-US", { ...options, timeZone }));
}

/** The cached value of a key, or a new one; a full cache is emptied and fills again with values in use. */
function keep<Value>(store: Map<string, Value>, size: number, key: string, make: () => Value): Value {
  const known = store.get(key);
  if (known !== undefined) return known;
  if (store.size >= size) store.clear();
  const made = make();
  store.set(key, made);
  return made;
}
