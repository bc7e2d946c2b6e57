import { setMaxListeners } from "node:events";
import { DelayedError, WaitingError, Worker, type WorkerOptions } from "bullmq";
import { jobMetrics } from "./job-metrics.ts";
import type { AppContext } from "../src/app-context.ts";
import { describe, WorkerStopping, type JobContract } from "../src/platform/redis/queue.ts";
import { SpanKind, withSpan } from "../src/platform/telemetry/tracing.ts";
import { delay } from "../src/platform/timing.ts";

/** How a worker does one kind of job. */
export type JobTask<Data = unknown, Result = unknown> = Readonly<{
  job: JobContract<Data>;
  /** Jobs that one worker does at the same time. */
  concurrency: number;
  /** Locks and lost workers; BullMQ's own settings by default. */
  locks?: Pick<WorkerOptions, "lockDuration" | "stalledInterval" | "maxStalledCount">;
  /** Does a job. An error fails the job, and a failed job leaves nothing behind. */
  run(data: Data, job: RunningJob): Promise<JobOutcome<Result>>;
  /** Does what must follow once the job has left the queue: its id is free then. */
  completed?(result: Result): void;
}>;

export type RunningJob = Readonly<{
  id: string | undefined;
  /** Times the job was started, this one included. */
  starts: number;
  /** Workers lost over the job, as far as BullMQ knows. */
  stalls: number;
  /** Aborted with `WorkerStopping` when the worker hands its jobs back. The task may abort it for reasons of its own. */
  control: AbortController;
  /** Aborted with `WorkerStopping` some time before that: a job that will not end in time may be handed back now. */
  leaving: AbortSignal;
}>;

export type JobOutcome<Result> =
  | Readonly<{ kind: "done"; result: Result }>
  /** Another worker takes it at once. */
  | Readonly<{ kind: "handed back" }>
  | Readonly<{ kind: "postponed"; until: Date }>;

/** How long a stopping worker may take to hand back its unfinished jobs, in milliseconds. */
const HAND_BACK_MS = 5_000;
/** The share of the grace in which all running jobs go on. */
const UNDECIDED_SHARE = 0.5;

/**
 * Does one kind of job until it is stopped.
 *
 * @returns a function that stops it: it takes no more jobs, lets the running ones end for `shutdownGrace`, and hands the
 *   rest to other workers. After a part of that time a task may hand back what will not end.
 */
export function startJobWorker<Data, Result>(ctx: AppContext, task: JobTask<Data, Result>): () => Promise<void> {
  const { name, data } = task.job;
  const running = new Set<AbortController>();
  const leaving = new AbortController();
  // Each running job listens, and Node would take more than ten of them for a leak.
  setMaxListeners(0, leaving.signal);
  const counted = jobMetrics(ctx.metrics);
  const worker = new Worker<Data, Result>(
    name,
    async (job, token) => {
      const control = new AbortController();
      running.add(control);
      counted.started(name, Date.now() - job.timestamp - job.delay);
      let left = "failed";
      try {
        const { id, attemptsStarted: starts, stalledCounter: stalls } = job;
        const attributes = { ...describe(task.job, "process"), "messaging.message.id": id ?? "" };
        const options = { kind: SpanKind.CONSUMER, attributes, parent: job.opts.telemetry?.metadata };
        const outcome = await withSpan(`process ${name}`, options, () =>
          task.run(data.parse(job.data), { id, starts, stalls, control, leaving: leaving.signal }),
        );
        left = outcome.kind;
        switch (outcome.kind) {
          case "done":
            return outcome.result;
          case "handed back":
            await job.moveToWait(token);
            throw new WaitingError();
          case "postponed":
            await job.moveToDelayed(outcome.until.getTime(), token);
            throw new DelayedError();
        }
      } finally {
        running.delete(control);
        counted.ended(name, left);
      }
    },
    {
      connection: ctx.connectRedis(),
      concurrency: task.concurrency,
      ...task.locks,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on("error", (error) => ctx.logger.debug({ err: error, queue: name }, "queue connection"));
  worker.on("failed", (job, error) => ctx.logger.error({ err: error, queue: name, jobId: job?.id }, "job failed"));
  worker.on("completed", (_job, result) => task.completed?.(result));

  return async () => {
    const { shutdownGrace } = ctx.config;
    const undecidedMs = shutdownGrace * UNDECIDED_SHARE;
    const closed = worker.close();
    await Promise.race([closed, delay(undecidedMs)]);
    leaving.abort(new WorkerStopping(shutdownGrace - undecidedMs));
    await Promise.race([closed, delay(shutdownGrace - undecidedMs)]);
    for (const control of running) control.abort(new WorkerStopping());
    await Promise.race([closed, delay(HAND_BACK_MS)]);
  };
}
