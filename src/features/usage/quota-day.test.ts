import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quotaDayAt } from "./quota-day.ts";

const HOUR_MS = 3_600_000;
const at = (text: string) => new Date(`${text}Z`);
const row = (day: string, lastsUntil: string, messages = 5) => ({
  day: at(`${day}T00:00`),
  lastsUntil: at(lastsUntil),
  messages,
});

/** The day, as `<date> until <end>`, and what is charged to it. */
function dayAt(now: string, timeZone: string, last: ReturnType<typeof row> | null): [string, number] {
  const { day, endsAt, messages } = quotaDayAt(at(now), timeZone, last);
  return [`${day.toISOString().slice(0, 10)} until ${endsAt.toISOString().slice(0, 16)}`, messages];
}

describe("the day of a charge", () => {
  test("is that of the calendar, to the millisecond", () => {
    expect(dayAt("2026-11-21T22:59:59.999", "Europe/Berlin", null)).toEqual(["2026-11-21 until 2026-11-21T23:00", 0]);
    expect(dayAt("2026-11-21T23:00:00.000", "Europe/Berlin", null)).toEqual(["2026-11-22 until 2026-11-22T23:00", 0]);
  });

  test("is the one that has begun, until it ends", () => {
    const last = row("2026-11-21", "2026-11-21T23:00");
    expect(dayAt("2026-11-21T22:59", "Europe/Berlin", last)).toEqual(["2026-11-21 until 2026-11-21T23:00", 5]);
    expect(dayAt("2026-11-21T23:00", "Europe/Berlin", last)).toEqual(["2026-11-22 until 2026-11-22T23:00", 0]);
  });

  test("lasts as long as the clock's, when that is changed", () => {
    expect(dayAt("2026-10-25T12:00", "Europe/Berlin", null)).toEqual(["2026-10-25 until 2026-10-25T23:00", 0]);
    expect(dayAt("2026-03-28T23:00", "Europe/Berlin", null)).toEqual(["2026-03-29 until 2026-03-29T22:00", 0]);
  });

  test("does not end early for who goes east", () => {
    const last = row("2026-11-21", "2026-11-22T00:00");
    expect(dayAt("2026-11-21T12:00", "Pacific/Kiritimati", last)).toEqual(["2026-11-21 until 2026-11-22T00:00", 5]);
    expect(dayAt("2026-11-22T00:00", "Pacific/Kiritimati", last)).toEqual(["2026-11-22 until 2026-11-22T10:00", 0]);
  });

  test("is longer for who goes west: there it is the same date still", () => {
    const last = row("2026-11-21", "2026-11-22T00:00");
    expect(dayAt("2026-11-22T01:00", "America/New_York", last)).toEqual(["2026-11-21 until 2026-11-22T05:00", 5]);
    expect(dayAt("2026-11-22T05:00", "America/New_York", last)).toEqual(["2026-11-22 until 2026-11-23T05:00", 0]);
  });

  test("is not begun again by who goes back over the date line", () => {
    const last = row("2026-11-22", "2026-11-22T10:00");
    expect(dayAt("2026-11-22T10:00", "Pacific/Midway", last)).toEqual(["2026-11-22 until 2026-11-23T11:00", 5]);
  });
});

test("however somebody hops, a date is a day once, the days go on in order, and a change of zone changes no day", () => {
  const zones = fc.constantFrom(
    "UTC",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
  );
  const steps = fc.array(fc.record({ hours: fc.integer({ min: 0, max: 30 }), zone: zones }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (hops) => {
      const start = Date.UTC(2026, 9, 1);
      let now = new Date(start);
      let zone = "UTC";
      let last: { day: Date; lastsUntil: Date; messages: number } | null = null;
      const days = new Set<number>();
      for (const hop of hops) {
        now = new Date(now.getTime() + hop.hours * HOUR_MS);
        const before = quotaDayAt(now, zone, last);
        // As `holdQuotaDay` does it.
        const isNew: boolean = last?.day.getTime() !== before.day.getTime();
        if (isNew && last) expect(before.day > last.day).toBe(true);
        if (!last || isNew || last.lastsUntil <= now) last = { ...before, lastsUntil: before.endsAt };
        zone = hop.zone;
        const after = quotaDayAt(now, zone, last);
        expect(after.day).toEqual(before.day);
        expect(after.endsAt > now).toBe(true);
        days.add(after.day.getTime());
      }
      // No more days than the calendars of the world have dates in that time.
      const most = Math.floor((now.getTime() + 14 * HOUR_MS) / (24 * HOUR_MS)) - Math.floor(start / (24 * HOUR_MS)) + 1;
      expect(days.size).toBeLessThanOrEqual(most);
    }),
  );
});
