import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, dateIn, readTimeZone, startOfDate } from "./time-zone.ts";

const date = (text: string) => new Date(`${text}T00:00:00Z`);
const startOf = (timeZone: string, day: string) => startOfDate(timeZone, date(day)).toISOString();
const hours = (timeZone: string, day: string) =>
  (startOfDate(timeZone, addDays(date(day), 1)).getTime() - startOfDate(timeZone, date(day)).getTime()) / 3_600_000;

describe("a date begins", () => {
  test.each([
    ["UTC", "2026-11-21", "2026-11-21T00:00:00.000Z"],
    ["Europe/Berlin", "2026-11-21", "2026-11-20T23:00:00.000Z"],
    ["America/New_York", "2026-11-21", "2026-11-21T05:00:00.000Z"],
    ["Asia/Kathmandu", "2026-11-21", "2026-11-20T18:15:00.000Z"],
    ["Pacific/Kiritimati", "2026-11-21", "2026-11-20T10:00:00.000Z"],
    ["Etc/GMT+12", "2026-11-21", "2026-11-21T12:00:00.000Z"],
    // The clock leaps from midnight to one.
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z"],
    // It goes back from midnight to eleven: only the second time the date changes.
    ["Africa/Cairo", "2026-10-30", "2026-10-29T22:00:00.000Z"],
    // A date that was left out begins with the next one.
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z"],
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z"],
  ])("in %s, %s at %s", (timeZone, day, expected) => {
    expect(startOf(timeZone, day)).toBe(expected);
  });

  test.each([
    ["Europe/Berlin", "2026-03-29", 23],
    ["Europe/Berlin", "2026-10-25", 25],
    ["Australia/Lord_Howe", "2026-10-04", 23.5],
    ["Africa/Cairo", "2026-04-24", 23],
    ["Africa/Cairo", "2026-10-29", 25],
    ["America/New_York", "2026-11-21", 24],
  ])("in %s, and %s has %d hours", (timeZone, day, expected) => {
    expect(hours(timeZone, day)).toBe(expected);
  });

  test("where the date of the clock changes, in every time zone", () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
    const days = fc.integer({ min: 10_957, max: 24_000 }).map((day) => new Date(day * 86_400_000));
    fc.assert(
      fc.property(zones, days, (timeZone, day) => {
        const start = startOfDate(timeZone, day);
        expect(dateIn(timeZone, start) >= day).toBe(true);
        expect(dateIn(timeZone, new Date(start.getTime() - 1)) < day).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test("the date is that of the place", () => {
  const time = new Date("2026-11-21T23:30:00Z");
  const shown = (timeZone: string) => dateIn(timeZone, time).toISOString().slice(0, 10);
  expect(["UTC", "Asia/Tokyo", "Pacific/Honolulu"].map(shown)).toEqual(["2026-11-21", "2026-11-22", "2026-11-21"]);
});

test.each([
  ["Europe/Berlin", "Europe/Berlin"],
  ["europe/BERLIN", "Europe/Berlin"],
  ["UTC", "UTC"],
  ["Etc/GMT+5", "Etc/GMT+5"],
  ["America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"],
  // Some versions of Node know these two under their former names.
  ["Asia/Kolkata", "Asia/Kolkata"],
  ["Europe/Kyiv", "Europe/Kyiv"],
])("%s is read as %s", (name, expected) => {
  expect(readTimeZone(name)).toBe(expected);
});

test.each(["", " ", "Europe/Atlantis", "+01:00", "GMT+1", "Europe/Berlin ", "Europe\0Berlin", "../etc/passwd"])(
  "%j is no time zone",
  (name) => {
    expect(readTimeZone(name)).toBeNull();
  },
);
