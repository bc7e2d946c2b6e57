import { parseArgs } from "node:util";
import { CASES, QUICK_CASES, readCase, type Case } from "./cases.ts";
import type { SystemName } from "./pace.ts";

export type Options = Readonly<{
  cases: readonly Case[];
  /** Idle readers of the memory part; 0 leaves it out. */
  idle: number;
  /** Replies of the memory part. */
  live: number;
  seed: number;
  profile: boolean;
  write: boolean;
}>;

export const USAGE = `npm run bench:delivery -- [options]
  --quick          a minute instead of eight, with smaller cases
  --case LIST      only these, such as 1x1,10x100 (replies x readers of each)
  --system LIST    only these: colloquy, bare, stock, resumable, polling
  --times N        how often each case is measured
  --seconds N      how long each time
  --memory N       how many idle readers the memory part has; 0 leaves it out
  --seed N         of the moments at which polls are made (1)
  --profile        with a CPU profile of each server and writer: what costs what, a delivery or a chunk
  --write          puts the results into bench/RESULTS.md`;

const SYSTEMS: readonly SystemName[] = ["bare", "colloquy", "stock", "resumable", "polling"];

/** @throws {Error} for what it does not know */
export function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      case: { type: "string" },
      system: { type: "string" },
      times: { type: "string" },
      seconds: { type: "string" },
      memory: { type: "string" },
      seed: { type: "string", default: "1" },
      profile: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const systems = readSystems(values.system);
  const chosen = values.case?.split(",").map((name) => readCase(name)) ?? (values.quick ? QUICK_CASES : CASES);
  const times = readCount(values.times);
  const seconds = readCount(values.seconds);
  const adapt = (known: Case): Case => ({
    ...known,
    times: times ?? known.times,
    windowMs: seconds === undefined ? known.windowMs : seconds * 1_000,
    systems: systems?.filter((system) => values.case !== undefined || known.systems.includes(system)) ?? known.systems,
  });
  return {
    cases: chosen.map(adapt),
    idle: values.profile ? 0 : (readCount(values.memory) ?? (values.quick ? 500 : 5_000)),
    live: values.quick ? 50 : 200,
    seed: readCount(values.seed) ?? 1,
    profile: values.profile,
    write: values.write,
  };
}

function readSystems(list: string | undefined): SystemName[] | undefined {
  if (list === undefined) return undefined;
  return list.split(",").map((name) => {
    const found = SYSTEMS.find((system) => system === name);
    if (!found) throw new Error(`"${name}" is no system: ${SYSTEMS.join(", ")}`);
    return found;
  });
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0) throw new Error(`"${text}" is no number`);
  return number;
}
