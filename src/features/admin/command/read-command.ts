import { parseArgs } from "node:util";
import { NO_END } from "../../billing/grant-pro.ts";
import { LEDGER_DAYS } from "../../usage/purge-calls.ts";

export const USAGE = `Looks after users and replies. A user is a phone number such as +12025550143, or an id.

  npm run admin -- show <user>                           plan, subscription and usage
  npm run admin -- grant-pro <user>                      gives Pro by hand, until it is ended
      --days <number>                                    ... for so many days
      --until <date>                                     ... until then, such as 2030-01-31, in UTC
  npm run admin -- end-pro <user>                        ends what was given by hand
      --cancel-subscription                              ... and the subscription that is paid for, at once
  npm run admin -- sync <user>                           compares with Stripe now
  npm run admin -- stuck                                 replies that have not ended for 5 minutes
      --older-than <time>                                ... or for another time, such as 30s, 10m, 2h
  npm run admin -- usage [<user>]                        tokens and cost by day (UTC) and model, of all users or one
      --days <number>                                    ... of so many days, 30 if not said
  npm run admin -- requeue <reply id>...                 starts failed replies over, free of charge
  npm run admin -- requeue --since <time>                ... those that failed within that time

It reads the settings that the API reads, also from .env. The result goes to standard output as JSON, the log to standard
error. Exit codes: 0 done; 1 refused, failed, or done in part; 2 no such command.`;

/** A parsed command, with times in milliseconds. */
export type Command =
  | Readonly<{ name: "help" }>
  | Readonly<{ name: "show" | "sync"; who: string }>
  | Readonly<{ name: "grant-pro"; who: string; until: Date }>
  | Readonly<{ name: "end-pro"; who: string; cancelSubscription: boolean }>
  | Readonly<{ name: "stuck"; olderThanMs: number }>
  | Readonly<{ name: "usage"; who: string | undefined; days: number }>
  | Readonly<{ name: "requeue"; ids: readonly string[] }>
  | Readonly<{ name: "requeue"; withinMs: number }>;

/** A command that needs the settings and the database. */
export type Action = Exclude<Command, Readonly<{ name: "help" }>>;

export class UsageError extends Error {
  override readonly name = "UsageError";
}

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  days: { type: "string" },
  until: { type: "string" },
  "cancel-subscription": { type: "boolean" },
  "older-than": { type: "string" },
  since: { type: "string" },
} as const;

/** Which options go with which command. */
const ALLOWED: Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>> = {
  show: [],
  sync: [],
  "grant-pro": ["days", "until"],
  "end-pro": ["cancel-subscription"],
  stuck: ["older-than"],
  usage: ["days"],
  requeue: ["since"],
};

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;
const USAGE_DAYS = 30;
const STUCK_MS = 5 * 60_000;

/** @throws {UsageError} for an unknown command, before anything is opened */
export function readCommand(args: readonly string[], now: Date): Command {
  const { values, positionals } = parse(args);
  const [name = "", ...rest] = positionals;
  if (values.help || name === "") return { name: "help" };
  const allowed = Object.hasOwn(ALLOWED, name) ? ALLOWED[name] : undefined;
  if (!allowed) throw new UsageError(`There is no command ${name}.`);
  const foreign = Object.keys(values).find((option) => !allowed.some((each) => each === option));
  if (foreign !== undefined) throw new UsageError(`${name} has no option --${foreign}.`);

  switch (name) {
    case "show":
    case "sync":
      return { name, who: one(name, rest) };
    case "grant-pro":
      return { name, who: one(name, rest), until: readEnd(values, now) };
    case "end-pro":
      return { name, who: one(name, rest), cancelSubscription: values["cancel-subscription"] ?? false };
    case "stuck":
      if (rest.length > 0) throw new UsageError("stuck takes no names.");
      return { name, olderThanMs: values["older-than"] === undefined ? STUCK_MS : readTime(values["older-than"]) };
    case "usage":
      return {
        name,
        who: rest.length === 0 ? undefined : one(name, rest),
        days: values.days === undefined ? USAGE_DAYS : readDays(values.days, LEDGER_DAYS),
      };
    default:
      if (rest.length > 0 === (values.since !== undefined)) throw new UsageError("Name replies, or give --since.");
      return values.since === undefined
        ? { name: "requeue", ids: rest.map(readId) }
        : { name: "requeue", withinMs: readTime(values.since) };
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function one(name: string, names: readonly string[]): string {
  const [who, ...others] = names;
  if (who === undefined || others.length > 0) throw new UsageError(`${name} takes one user.`);
  return who;
}

function readEnd({ days, until }: { days?: string; until?: string }, now: Date): Date {
  if (days !== undefined && until !== undefined) throw new UsageError("Give --days or --until, not both.");
  if (days !== undefined) return new Date(now.getTime() + readDays(days, MAX_DAYS) * DAY_MS);
  if (until === undefined) return NO_END;
  const end = new Date(until);
  if (!/^\d{4}-\d{2}-\d{2}(T.+)?$/.test(until) || Number.isNaN(end.getTime()) || end <= now || end > NO_END) {
    throw new UsageError("--until is a date to come, such as 2030-01-31.");
  }
  return end;
}

function readDays(text: string, most: number): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new UsageError(`--days is a number from 1 to ${most}.`);
  }
  return count;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS };

function readTime(text: string): number {
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (amount === undefined || unitMs === undefined)
    throw new UsageError(`${text} is no time such as 30s, 10m, 2h or 1d.`);
  return Number(amount) * unitMs;
}

function readId(text: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text))
    throw new UsageError(`${text} is not the id of a reply.`);
  return text.toLowerCase();
}
