import { parseArgs } from "node:util";
import { readCount } from "../_support/read-count.ts";

export type Options = Readonly<{
  seed: number;
  /** Runs one after the other, each with the next seed. */
  runs: number;
  messages: number;
  users: number;
  /** How long faults are injected. */
  seconds: number;
  /** Whether PostgreSQL is killed too. */
  postgres: boolean;
  /** Where the log of each part goes; nowhere when undefined. */
  logs: string | undefined;
  /** Puts the results into bench/RESULTS.md. */
  write: boolean;
}>;

export const USAGE = `npm run bench:chaos -- [options]
  --quick        15 s of faults with 40 messages of 10 users, instead of two minutes with 300 of 20
  --seed N       of the faults, the prompts and the users' pauses; a new one each time unless told
  --runs N       so many runs, each with the next seed
  --messages N   how many are sent
  --users N      by how many users, each in a room of their own
  --seconds N    how long faults are injected
  --postgres     kills and restarts PostgreSQL too
  --logs DIR     keeps what each part logs
  --write        puts the results into bench/RESULTS.md
Exits with 1 when a message or a reply was lost, doubled, changed, failed or charged wrongly.`;

const FULL = { messages: 300, users: 20, seconds: 120 };
const QUICK = { messages: 40, users: 10, seconds: 15 };

/** @throws {Error} for what it does not know */
export function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      seed: { type: "string" },
      runs: { type: "string" },
      messages: { type: "string" },
      users: { type: "string" },
      seconds: { type: "string" },
      postgres: { type: "boolean", default: false },
      logs: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const usual = values.quick ? QUICK : FULL;
  return {
    seed: readCount("seed", values.seed) ?? Date.now() % 1_000_000,
    runs: readCount("runs", values.runs) ?? 1,
    messages: readCount("messages", values.messages) ?? usual.messages,
    users: readCount("users", values.users) ?? usual.users,
    seconds: readCount("seconds", values.seconds) ?? usual.seconds,
    postgres: values.postgres,
    logs: values.logs,
    write: values.write,
  };
}
