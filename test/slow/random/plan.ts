import fc from "fast-check";

export const KINDS = [
  "send",
  "edit",
  "regenerate",
  "select",
  "remove",
  "stop",
  "retry",
  "update queued",
  "cancel queued",
  "resume queue",
  "fork",
  "delete and restore",
] as const;
export type Kind = (typeof KINDS)[number];

/** One step of a device, as far as it can be known before: what there is to choose from shows when its turn comes. */
export type Plan = Readonly<{
  /** The kinds in the order in which they are tried: the first with something to do it to is taken. */
  kinds: readonly Kind[];
  /** Which room, and which of what there is to choose from: from 0 on, below 1. */
  room: number;
  target: number;
  /** Ends a question: how long its reply is, and what goes wrong with it the first time. */
  directive: string;
  whileReplying: "REJECT" | "QUEUE" | "INTERRUPT";
  /** Whether the client package acts, or a request that it knows nothing of. */
  byStore: boolean;
  pauseMs: number;
}>;

const WEIGHTS: Readonly<Record<Kind, number>> = {
  send: 34,
  edit: 15,
  regenerate: 15,
  select: 14,
  remove: 6,
  stop: 7,
  retry: 30,
  "update queued": 20,
  "cancel queued": 12,
  "resume queue": 25,
  fork: 2,
  "delete and restore": 1,
};

const fraction = fc.integer({ min: 0, max: 999_999 }).map((part) => part / 1_000_000);

/** All kinds, in a random order: who weighs more comes sooner. */
const kinds = fc.tuple(...KINDS.map(() => fraction)).map((parts) =>
  KINDS.map((kind, at) => ({ kind, turn: -Math.log(1 - (parts[at] ?? 0)) / WEIGHTS[kind] }))
    .toSorted((one, other) => one.turn - other.turn)
    .map(({ kind }) => kind),
);

const pace = fc
  .record({ chunks: fc.integer({ min: 2, max: 16 }), delay: fc.integer({ min: 5, max: 25 }) })
  .map(({ chunks, delay }) => `[[fake: chunks=${chunks} size=12 delay=${delay}]]`);

const fault = fc.oneof(
  { weight: 74, arbitrary: fc.constant("") },
  { weight: 7, arbitrary: fc.constant(" [[fake: block times=1]]") },
  { weight: 6, arbitrary: fc.constant(" [[fake: safety after=2 times=1]]") },
  { weight: 6, arbitrary: fc.constant(" [[fake: 400 times=1]]") },
  { weight: 4, arbitrary: fc.constant(" [[fake: cut after=2 times=1]]") },
  { weight: 3, arbitrary: fc.constant(" [[fake: 503 times=1]]") },
);

const PLANS: fc.Arbitrary<Plan> = fc.record({
  kinds,
  room: fraction,
  target: fraction,
  directive: fc.tuple(pace, fault).map((words) => words.join("")),
  whileReplying: fc.constantFrom("REJECT", "QUEUE", "QUEUE", "INTERRUPT"),
  byStore: fc.boolean(),
  pauseMs: fc.integer({ min: 0, max: 900 }),
});

/** The same for the same seed. */
export const planSteps = (seed: number, count: number): Plan[] =>
  fc.sample(PLANS, { seed, numRuns: count, unbiased: true });

/** When a worker is killed, after the time before, and for how long it is away. */
export type Kill = Readonly<{ worker: 0 | 1; pauseMs: number; downMs: number }>;

const KILLS: fc.Arbitrary<Kill> = fc.record({
  worker: fc.constantFrom(0, 1),
  pauseMs: fc.integer({ min: 3_000, max: 9_000 }),
  downMs: fc.integer({ min: 100, max: 1_500 }),
});

export const planKills = (seed: number): Kill[] => fc.sample(KILLS, { seed, numRuns: 1_000, unbiased: true });
