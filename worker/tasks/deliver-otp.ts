import { DelayedError, Worker } from "bullmq";
import type { AppContext } from "../../src/app-context.ts";
import { deliverOtp } from "../../src/features/auth/deliver-otp.ts";
import { deliverOtpJob, type DeliverOtp } from "../../src/features/auth/jobs.ts";

/** Posts to the webhook at the same time. */
const CONCURRENCY = 20;

/**
 * Takes up one-time passwords, where a webhook gets them. A job that ends, in whatever way, leaves nothing behind.
 *
 * @returns a function that ends it, when what it has begun is done
 */
export function startOtpDelivery(ctx: AppContext): () => Promise<void> {
  if (!ctx.otpDelivery.queued) return async () => {};
  const worker = new Worker<DeliverOtp>(
    deliverOtpJob.name,
    async (job, token) => {
      const { sealed } = deliverOtpJob.data.parse(job.data);
      const delivery = await deliverOtp(ctx, sealed, job.attemptsStarted);
      ctx.log.info({ jobId: job.id, outcome: delivery.kind }, "one-time password");
      if (delivery.kind !== "postponed") return;
      await job.moveToDelayed(delivery.until.getTime(), token);
      throw new DelayedError();
    },
    {
      connection: ctx.connectRedis(),
      concurrency: CONCURRENCY,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on("error", (error) => ctx.log.debug({ err: error }, "queue connection"));
  worker.on("failed", (job, error) => ctx.log.error({ err: error, jobId: job?.id }, "one-time password failed"));
  return () => worker.close();
}
