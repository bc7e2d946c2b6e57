import { parseArgs } from "node:util";
import { readCount } from "../_support/read-count.ts";

export type Options = Readonly<{
  /** How many replies a worker gets through, and holds, each number apart. */
  replies: number;
  held: readonly number[];
  flood: number;
  /** How long replies are held and the flood lasts. */
  seconds: number;
  times: number;
  /** What the worker writes at once; by default its own default. */
  concurrency: number | undefined;
  profile: boolean;
  write: boolean;
}>;

export const USAGE = `npm run bench:replies -- [options]
  --quick          half a minute instead of three
  --replies N      quick replies that a worker has to get through (3000)
  --held LIST      how many replies it writes at once (100,500)
  --flood N        messages that one user sends at once (1000)
  --seconds N      how long replies are held, and the flood is watched (10)
  --times N        how often each is measured (2)
  --concurrency N  of the worker; its default unless told
  --profile        with a CPU profile of the worker
  --write          puts the results into bench/RESULTS.md`;

/** @throws {Error} for what it does not know */
export function readOptions(args: string[]): Options | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      help: flag,
      quick: flag,
      replies: text,
      held: text,
      flood: text,
      seconds: text,
      times: text,
      concurrency: text,
      profile: flag,
      write: flag,
    },
  });
  if (values.help) return "help";
  return {
    replies: readCount("replies", values.replies) ?? (values.quick ? 1_000 : 3_000),
    held: (values.held ?? "100,500").split(",").map((each) => readCount("held", each) ?? 0),
    flood: readCount("flood", values.flood) ?? 1_000,
    seconds: readCount("seconds", values.seconds) ?? (values.quick ? 4 : 10),
    times: readCount("times", values.times) ?? (values.quick ? 1 : 2),
    concurrency: readCount("concurrency", values.concurrency),
    profile: values.profile,
    write: values.write,
  };
}
