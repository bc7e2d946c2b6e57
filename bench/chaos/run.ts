import { join } from "node:path";
import { delay } from "../../src/platform/timing.ts";
import { check, type Verdict } from "./check.ts";
import { kindOf, planFaults, type Fault } from "./faults.ts";
import { createMembers } from "./members.ts";
import type { Options } from "./options.ts";
import { createProgress, type Progress } from "./progress.ts";
import { makePrompts } from "./prompts.ts";
import { setStage, type Stage } from "./stage.ts";
import { playUser } from "./user.ts";

export type Result = Readonly<{
  seed: number;
  verdict: Verdict;
  wanted: number;
  /** Faults that struck, by part and kind; `missed` ones found nothing to strike. */
  faults: ReadonlyMap<string, number>;
  missed: number;
  /** What broke connections off, and kept sends unanswered. */
  broken: ReadonlyMap<string, number>;
  standstills: ReturnType<Progress["results"]>;
  crashes: readonly string[];
  errors: ReadonlyMap<string, number>;
  /** From the first fault until all were answered, in milliseconds. */
  took: number;
}>;

/** How long all may take to be answered once every part is back, in milliseconds. */
const SETTLE_LIMIT_MS = 60_000;

/** One run: users talk while parts are struck; then everything comes back, and what came of it is checked. */
export async function runChaos(
  options: Options & { seed: number },
  deps: { buildDir: string; notify: (line: string) => void; abort: AbortSignal },
): Promise<Result> {
  const { seed, users, seconds, messages } = options;
  const { notify, abort } = deps;
  notify(`Seed ${seed}: starting 2 APIs, 2 workers, PostgreSQL and Redis …`);
  const stage = await setStage({ buildDir: deps.buildDir, logs: options.logs && join(options.logs, `seed-${seed}`) });
  try {
    const members = await createMembers(stage.db, stage.settings, users);
    const progress = createProgress(stage.logs.trace);
    stage.onSufficient((sufficient) => {
      stage.logs.trace(sufficient ? "one of each part is there" : "a kind of part is away");
      progress.setSufficient(sufficient);
    });
    const late = new AbortController();
    const signal = AbortSignal.any([abort, late.signal]);
    const each = Math.ceil(messages / users);
    // The last messages are under way when the last faults strike.
    const everyMs = (seconds * 1_000) / each;
    const noteAll = (line: string) => {
      notify(line);
      stage.logs.trace(line);
    };
    const startedAt = performance.now();
    const playing = Promise.all(
      members.map((member, index) =>
        playUser({
          member,
          prompts: makePrompts(seed, index, shareOf(messages, users, index)),
          urls: stage.urls,
          seed: seed * 7_919 + index,
          everyMs,
          progress,
          trace: stage.logs.trace,
          signal,
        }),
      ),
    );
    const { faults, missed } = await strikeAll(stage, planFaults(seed, options), noteAll, abort);
    await stage.ready();
    progress.allBack();
    notify("All parts are back; waiting for what is still under way …");
    const limit = setTimeout(() => late.abort(), SETTLE_LIMIT_MS);
    const stories = await playing.finally(() => clearTimeout(limit));
    const took = performance.now() - startedAt;
    return {
      seed,
      verdict: await check(stage.db, stories),
      wanted: messages,
      faults,
      missed,
      broken: sum(stories.map((story) => story.faults)),
      standstills: progress.results(),
      crashes: [...stage.parts.values()].flatMap(({ crashes }) => crashes),
      errors: stage.logs.errors(),
      took,
    };
  } finally {
    await stage.stop();
  }
}

const shareOf = (total: number, users: number, index: number): number =>
  Math.floor(total / users) + (index < total % users ? 1 : 0);

async function strikeAll(
  stage: Stage,
  plan: readonly Fault[],
  notify: (line: string) => void,
  abort: AbortSignal,
): Promise<{ faults: Map<string, number>; missed: number }> {
  const faults = new Map<string, number>();
  let missed = 0;
  const startedAt = performance.now();
  for (const fault of plan) {
    await delay(startedAt + fault.at - performance.now(), abort);
    abort.throwIfAborted();
    const struck = stage.parts.get(fault.part)?.strike(fault) ?? false;
    notify(
      `${(fault.at / 1_000).toFixed(1).padStart(6)} s  ${fault.kind} ${fault.part}, ${fault.away} ms${struck ? "" : " (it was away)"}`,
    );
    if (!struck) missed += 1;
    else addTo(faults, `${kindOf(fault.part)} ${fault.kind}`);
  }
  return { faults, missed };
}

function sum(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const one of counts) for (const [name, times] of one) addTo(all, name, times);
  return all;
}

const addTo = (counts: Map<string, number>, name: string, times = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + times);
