import { layGround, WORKER_FLAGS } from "../_support/ground.ts";
import type { Ground } from "../_support/ground.ts";
import type { Program } from "../_support/program.ts";
import { readCpu, readFamilyCpu } from "../_support/proc.ts";
import { readVersions, type Versions } from "../_support/versions.ts";
import { listen, type Listener } from "./listener.ts";

/** All processes of a run, each a real one. No API: messages are sent by the use case that it would call. */
export type Stage = Readonly<{
  ground: Ground;
  versions: Versions;
  worker: Program;
  standIn: Program;
  /** Of two, one may be busy with a flood. */
  senders: readonly [Program, Program];
  listener: Listener;
  stop(): Promise<void>;
}>;

/** @throws when a part cannot be had; nothing is left running then */
export async function setStage(options: {
  concurrency: number | undefined;
  notify: (line: string) => void;
  abort: AbortSignal;
}): Promise<Stage> {
  const ground = await layGround("replies", options);
  try {
    const standIn = await ground.run({ name: "stand-in", file: "bench/replies/programs/stand-in.js" });
    const env = {
      ...ground.settings,
      GEMINI_API_KEY: "bench",
      GEMINI_BASE_URL: await standIn.call<string>("url"),
      ...(options.concurrency !== undefined && { WORKER_CONCURRENCY: String(options.concurrency) }),
    };
    const sender = () => ground.run({ name: "sender", file: "bench/replies/programs/sender.js", env });
    const heard = ground.redis.duplicate();
    return {
      ground,
      versions: await readVersions(ground.db, ground.redis),
      worker: await ground.run({ name: "worker", file: "worker/main.js", flags: WORKER_FLAGS, env }),
      standIn,
      senders: [await sender(), await sender()],
      listener: await listen(heard),
      async stop() {
        heard.disconnect();
        await ground.stop();
      },
    };
  } catch (error) {
    await ground.stop();
    throw error;
  }
}

export const PARTS = ["worker", "redis", "postgres", "stand-in"] as const;
export type Cpu = Readonly<Record<(typeof PARTS)[number], number>>;

/** CPU time used so far, in seconds. */
export const readAllCpu = ({ ground, worker, standIn }: Stage): Cpu => ({
  worker: readCpu(worker.pid),
  redis: readCpu(ground.pids.redis),
  postgres: readFamilyCpu(ground.pids.postgres),
  "stand-in": readCpu(standIn.pid),
});

/** @returns what was used between two readings, divided by `by` */
export const cpuBetween = (before: Cpu, after: Cpu, by: number): Cpu => ({
  worker: (after.worker - before.worker) / by,
  redis: (after.redis - before.redis) / by,
  postgres: (after.postgres - before.postgres) / by,
  "stand-in": (after["stand-in"] - before["stand-in"]) / by,
});
