import { createRandom } from "../_support/random.ts";

export type PartName = "API 1" | "API 2" | "worker 1" | "worker 2" | "Redis" | "PostgreSQL";

/** What it is one of: any API does as well as another, and any worker. */
export const kindOf = (part: PartName): string => part.replace(/ \d$/, "");

/** `kill` is SIGKILL, `stop` SIGTERM, `freeze` SIGSTOP and later SIGCONT. */
export type FaultKind = "kill" | "stop" | "freeze";

export type Fault = Readonly<{
  part: PartName;
  kind: FaultKind;
  /** Since the chaos began, in milliseconds. */
  at: number;
  /** How long the part stays away, once it has ended; or is frozen. */
  away: number;
}>;

type Choice = Readonly<{
  parts: readonly PartName[];
  kind: FaultKind;
  weight: number;
  away: readonly [number, number];
}>;

const APIS = ["API 1", "API 2"] as const;
const WORKERS = ["worker 1", "worker 2"] as const;
/** Downtimes and freezes in milliseconds; a worker's lock in the queue lasts 5 s. */
const CHOICES: readonly Choice[] = [
  { parts: WORKERS, kind: "kill", weight: 5, away: [100, 3_000] },
  { parts: WORKERS, kind: "stop", weight: 2, away: [100, 2_000] },
  { parts: WORKERS, kind: "freeze", weight: 3, away: [1_000, 9_000] },
  { parts: APIS, kind: "kill", weight: 4, away: [100, 3_000] },
  { parts: APIS, kind: "stop", weight: 2, away: [100, 2_000] },
  { parts: APIS, kind: "freeze", weight: 2, away: [1_000, 7_000] },
  { parts: ["Redis"], kind: "kill", weight: 3, away: [50, 3_000] },
  { parts: ["Redis"], kind: "freeze", weight: 2, away: [500, 7_000] },
];
const POSTGRES: readonly Choice[] = [
  { parts: ["PostgreSQL"], kind: "kill", weight: 1.5, away: [50, 2_000] },
  { parts: ["PostgreSQL"], kind: "stop", weight: 1, away: [50, 2_000] },
];
/** Between two faults, in milliseconds. */
const PAUSE = [1_000, 4_000] as const;

/** What will go wrong, and when: the same for the same seed. */
export function planFaults(seed: number, options: { seconds: number; postgres: boolean }): Fault[] {
  const random = createRandom(seed);
  const between = ([low, high]: readonly [number, number]) => Math.round(low + random() * (high - low));
  const choices = options.postgres ? [...CHOICES, ...POSTGRES] : CHOICES;
  const faults: Fault[] = [];
  for (let at = between(PAUSE); at < options.seconds * 1_000; at += between(PAUSE)) {
    const { parts, kind, away } = choose(choices, random());
    const part = parts[Math.floor(random() * parts.length)];
    if (part) faults.push({ part, kind, at, away: between(away) });
  }
  return faults;
}

function choose(choices: readonly Choice[], chance: number): Choice {
  let left = chance * choices.reduce((sum, { weight }) => sum + weight, 0);
  const found = choices.find(({ weight }) => (left -= weight) < 0) ?? choices.at(-1);
  if (!found) throw new RangeError("nothing to choose from");
  return found;
}
