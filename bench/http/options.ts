import { parseArgs } from "node:util";
import { readCount } from "../_support/read-count.ts";
import { CASES, type Case } from "./cases.ts";

export type Options = Readonly<{
  cases: readonly Case[];
  /** How often each case is measured, and how long each time. */
  times: number;
  seconds: number;
  /** Each of them asks once for a list that was not asked for before. */
  people: number;
  profile: boolean;
  write: boolean;
}>;

export const USAGE = `npm run bench:http -- [options]
  --quick          a minute instead of three, with fewer people
  --case LIST      only these: ${CASES.map(({ name }) => name).join(", ")}
  --times N        how often each case is measured (3)
  --seconds N      how long each time (4)
  --profile        with a CPU profile of each server
  --write          puts the results into bench/RESULTS.md`;

/** @throws {Error} for what it does not know */
export function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      case: { type: "string" },
      times: { type: "string" },
      seconds: { type: "string" },
      profile: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  return {
    cases: values.case?.split(",").map(findCase) ?? CASES,
    times: readCount("times", values.times) ?? (values.quick ? 1 : 3),
    seconds: readCount("seconds", values.seconds) ?? (values.quick ? 2 : 4),
    people: values.quick ? 3_000 : 8_000,
    profile: values.profile,
    write: values.write,
  };
}

function findCase(name: string): Case {
  const found = CASES.find((known) => known.name === name);
  if (!found) throw new Error(`"${name}" is no case: ${CASES.map((known) => known.name).join(", ")}`);
  return found;
}
