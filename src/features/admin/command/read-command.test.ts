import { expect, test } from "vitest";
import { NO_END } from "../../billing/grant-pro.ts";
import { readCommand, UsageError } from "./read-command.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const ID = "01900000-0000-7000-8000-00000000000a";
const read = (line: string) => readCommand(line.split(" ").filter(Boolean), NOW);

test.each<[string, object]>([
  ["", { name: "help" }],
  ["--help", { name: "help" }],
  ["requeue -h", { name: "help" }],
  ["show +12025550143", { name: "show", who: "+12025550143" }],
  ["sync a", { name: "sync", who: "a" }],
  ["grant-pro a", { name: "grant-pro", who: "a", until: NO_END }],
  ["grant-pro a --days 2", { name: "grant-pro", who: "a", until: new Date("2026-03-03T12:00:00Z") }],
  ["grant-pro a --until 2026-03-02", { name: "grant-pro", who: "a", until: new Date("2026-03-02T00:00:00Z") }],
  ["end-pro a", { name: "end-pro", who: "a", cancelSubscription: false }],
  ["end-pro a --cancel-subscription", { name: "end-pro", who: "a", cancelSubscription: true }],
  ["stuck", { name: "stuck", olderThanMs: 300_000 }],
  ["stuck --older-than 2h", { name: "stuck", olderThanMs: 7_200_000 }],
  ["usage", { name: "usage", who: undefined, days: 30 }],
  ["usage a --days 400", { name: "usage", who: "a", days: 400 }],
  [`requeue ${ID.toUpperCase()} ${ID}`, { name: "requeue", ids: [ID, ID] }],
  ["requeue --since 30s", { name: "requeue", withinMs: 30_000 }],
])("%j is understood", (line, command) => {
  expect(read(line)).toEqual(command);
});

test.each([
  ["fly", "There is no command fly."],
  ["toString", "There is no command toString."],
  ["show", "show takes one user."],
  ["show a b", "show takes one user."],
  ["show a --days 3", "show has no option --days."],
  ["grant-pro a --days 0", "--days is a number from 1 to 36500."],
  ["grant-pro a --days 1.5", "--days is a number from 1 to 36500."],
  ["grant-pro a --days 3 --until 2090-01-01", "Give --days or --until, not both."],
  ["grant-pro a --until 2026-03-01", "--until is a date to come, such as 2030-01-31."],
  ["grant-pro a --until 2026-13-01", "--until is a date to come, such as 2030-01-31."],
  ["grant-pro a --until tomorrow", "--until is a date to come, such as 2030-01-31."],
  ["stuck a", "stuck takes no names."],
  ["stuck --older-than soon", "soon is no time such as 30s, 10m, 2h or 1d."],
  ["usage a b", "usage takes one user."],
  ["usage --days 401", "--days is a number from 1 to 400."],
  ["requeue", "Name replies, or give --since."],
  [`requeue ${ID} --since 1h`, "Name replies, or give --since."],
  ["requeue nothing", "nothing is not the id of a reply."],
  ["show a --what", "Unknown option '--what'"],
])("%j is refused", (line, message) => {
  expect(() => read(line)).toThrow(UsageError);
  expect(() => read(line)).toThrow(message);
});
