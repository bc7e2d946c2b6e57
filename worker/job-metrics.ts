import type { AppContext } from "../src/app-context.ts";
import { declareOnce, MODEL_BUCKETS } from "../src/platform/telemetry/metrics.ts";
import type { JobContract } from "../src/platform/redis/queue.ts";

export type JobMetrics = Readonly<{
  /** @param waitMs how long the job could have been taken and was not */
  started(queue: string, waitMs: number): void;
  ended(queue: string, outcome: string): void;
}>;

/** Counts the jobs of this process. */
export const jobMetrics = declareOnce((metrics): JobMetrics => {
  const running: Record<string, number> = {};
  const waits = metrics.histogram("colloquy_job_wait_seconds", "How long jobs wait in the queue once they are due.", {
    labels: ["queue"],
    buckets: MODEL_BUCKETS,
  });
  const jobs = metrics.counter("colloquy_jobs_total", "Jobs that this process has left, by how.", ["queue", "outcome"]);
  metrics.gauges("colloquy_jobs_running", "Jobs that this process does now.", { label: "queue", read: () => running });
  return {
    started(queue, waitMs) {
      running[queue] = (running[queue] ?? 0) + 1;
      waits.observe({ queue }, Math.max(0, waitMs) / 1_000);
    },
    ended(queue, outcome) {
      running[queue] = (running[queue] ?? 1) - 1;
      jobs.inc({ queue, outcome });
    },
  };
});

/** Counts what is in the queues, which all workers share, whenever somebody asks. */
export function watchQueues(
  { metrics, queue }: Pick<AppContext, "metrics" | "queue">,
  jobs: readonly Pick<JobContract<unknown>, "name">[],
) {
  for (const state of ["waiting", "delayed"] as const)
    metrics.gauges(`colloquy_queue_${state}`, `Jobs that are ${state}, in the queue that all workers share.`, {
      label: "queue",
      async read() {
        const counts = await Promise.all(jobs.map(async (job) => [job.name, await queue.count(job, state)] as const));
        return Object.fromEntries(counts);
      },
    });
}
