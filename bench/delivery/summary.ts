import { median } from "../_support/numbers.ts";
import type { Case } from "./cases.ts";
import type { SystemName } from "./pace.ts";
import type { Part, Run } from "./run-case.ts";

/** One case on one system: the medians of its repetitions. */
export type Summary = Readonly<{
  name: string;
  perReply: number;
  overload: boolean;
  system: SystemName;
  /** In milliseconds. */
  first: Quantiles;
  later: Quantiles;
  /** Over all repetitions. */
  missing: number;
  framesPerSecond: number;
  chunksPerFrame: number;
  sentPerSecond: number;
  /** CPU of the server, in microseconds. */
  cpuPerFrame: number;
  /** The kernel's part of it. */
  kernelPerFrame: number;
  /** That, by the limit's in the same repetition. */
  cpuRatio: number;
  /** Shares of one core. */
  load: Readonly<Record<Part, number>>;
}>;

type Quantiles = Readonly<{ p50: number; p99: number }>;

export function summarise(what: Case, system: SystemName, runs: readonly Run[]): Summary {
  const of = (name: SystemName) => runs.filter((run) => run.case === what.name && run.system === name);
  const own = of(system);
  const limit = of("bare");
  const middle = (pick: (run: Run) => number) => median(own.map(pick));
  const quantiles = (part: "first" | "later") => ({
    p50: middle((run) => run[part].p50),
    p99: middle((run) => run[part].p99),
  });
  const load = (part: Part) => middle((run) => run.cpu[part] / run.seconds);
  return {
    name: what.name,
    perReply: what.perReply,
    overload: what.overload ?? false,
    system,
    first: quantiles("first"),
    later: quantiles("later"),
    missing: own.reduce((sum, run) => sum + run.missing + run.faults, 0),
    framesPerSecond: middle((run) => run.frames / run.seconds),
    chunksPerFrame: middle((run) => run.chunks / run.frames),
    sentPerSecond: middle((run) => run.sent / run.seconds),
    cpuPerFrame: middle(cpuPerFrame),
    kernelPerFrame: middle((run) => (run.kernel / run.frames) * 1e6),
    cpuRatio: median(
      own.map((run, index) => cpuPerFrame(run) / (limit[index] ? cpuPerFrame(limit[index]) : Number.NaN)),
    ),
    load: {
      server: load("server"),
      writer: load("writer"),
      redis: load("redis"),
      postgres: load("postgres"),
      "stand-in": load("stand-in"),
      client: load("client"),
    },
  };
}

const cpuPerFrame = (run: Run): number => (run.cpu.server / run.frames) * 1e6;
