import { Queue, type JobsOptions } from "bullmq";
import type { z } from "zod";
import type { Logger } from "../logger.ts";
import type { Redis } from "./redis.ts";
import { currentTraceParent, SpanKind, withSpan } from "../telemetry/tracing.ts";
import { withTimeout } from "../timing.ts";

/** A kind of job: its queue's name and what it carries, parsed when added and again when taken up. */
export type JobContract<Data> = Readonly<{ name: string; data: z.ZodType<Data> }>;

/** The reason with which a job's signal is aborted when its worker stops. */
export class WorkerStopping extends Error {
  override readonly name = "WorkerStopping";
  /** How long the job may go on, in milliseconds. */
  readonly leftMs: number;
  constructor(leftMs = 0) {
    super(`the worker stops within ${leftMs} ms`);
    this.leftMs = leftMs;
  }
}

export type JobQueue = Readonly<{
  /**
   * Adds jobs whose id is not in the queue yet.
   *
   * @returns false when Redis is unavailable: the caller's own record must bring the job back
   */
  add<Data>(contract: JobContract<Data>, jobs: readonly NewJob<Data>[]): Promise<boolean>;
  /**
   * Removes jobs that no worker has taken; never fails. A job that stays ends by itself, because its record is gone.
   */
  remove<Data>(contract: JobContract<Data>, ids: readonly string[]): Promise<void>;
  /** @throws when Redis is unavailable, at once or after a second */
  count(contract: Pick<JobContract<unknown>, "name">, state: "waiting" | "delayed"): Promise<number>;
  close(): Promise<void>;
}>;

export type NewJob<Data> = Readonly<{ id: string; data: Data; /** In milliseconds. */ delay?: number }>;

const ADD_TIMEOUT_MS = 3_000;
const REMOVE_TIMEOUT_MS = 3_000;
const COUNT_TIMEOUT_MS = 1_000;

/** The database is the record of what ran and how it went: a job that ends leaves nothing. */
const JOB_OPTIONS: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/** What OpenTelemetry's conventions say of a message in a queue. */
export const describe = ({ name }: Pick<JobContract<unknown>, "name">, type: "send" | "process") => ({
  "messaging.system": "bullmq",
  "messaging.destination.name": name,
  "messaging.operation.type": type,
});

/** The producing side of BullMQ. */
export function createJobQueue(connection: Redis, logger: Logger): JobQueue {
  const queues = new Map<string, Queue>();

  function queueOf(name: string): Queue {
    const known = queues.get(name);
    if (known) return known;
    const queue = new Queue(name, { connection, defaultJobOptions: JOB_OPTIONS });
    queue.on("error", (error) => logger.debug({ err: error, queue: name }, "queue connection"));
    queues.set(name, queue);
    return queue;
  }

  return {
    async add(contract, jobs) {
      if (jobs.length === 0) return true;
      // Waiting for Redis would pile up commands that the sweeper makes needless.
      if (connection.status !== "ready") return false;
      try {
        await withSpan(
          `send ${contract.name}`,
          { kind: SpanKind.PRODUCER, attributes: describe(contract, "send") },
          () => {
            const traceParent = currentTraceParent();
            const bulk = jobs.map((job) => ({
              name: contract.name,
              data: contract.data.parse(job.data),
              opts: {
                jobId: job.id,
                ...(job.delay !== undefined && { delay: job.delay }),
                ...(traceParent !== undefined && { telemetry: { metadata: traceParent } }),
              },
            }));
            const queue = queueOf(contract.name);
            const [only, ...others] = bulk;
            // Alone it is one command, and no transaction.
            const added: Promise<unknown> =
              only && others.length === 0 ? queue.add(only.name, only.data, only.opts) : queue.addBulk(bulk);
            return withTimeout(added, ADD_TIMEOUT_MS, "Redis did not take the jobs");
          },
        );
        return true;
      } catch (error) {
        logger.warn({ err: error, queue: contract.name, jobs: jobs.length }, "could not enqueue");
        return false;
      }
    },
    async remove(contract, ids) {
      if (ids.length === 0 || connection.status !== "ready") return;
      const queue = queueOf(contract.name);
      const removed = Promise.all(ids.map((id) => queue.remove(id)));
      await withTimeout(removed, REMOVE_TIMEOUT_MS, "Redis did not remove the jobs").catch((error: unknown) =>
        logger.warn({ err: error, queue: contract.name, jobs: ids.length }, "could not remove jobs"),
      );
    },
    async count({ name }, state) {
      if (connection.status !== "ready") throw new Error("Redis is unavailable");
      const counted = queueOf(name).getJobCounts(state);
      return (await withTimeout(counted, COUNT_TIMEOUT_MS, "Redis did not count the jobs"))[state] ?? 0;
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
