import type { AppContext } from "../../src/app-context.ts";
import { deliverOtp } from "../../src/features/auth/deliver-otp.ts";
import { deliverOtpJob, type DeliverOtp } from "../../src/features/auth/jobs.ts";
import type { JobTask } from "../job-worker.ts";

/** Posts to the webhook at the same time. */
const CONCURRENCY = 20;

/** Hands one-time passwords to a webhook. */
export const deliverOtpTask = (ctx: AppContext): JobTask<DeliverOtp, undefined> => ({
  job: deliverOtpJob,
  concurrency: CONCURRENCY,
  async run({ sealed }, { id, starts }) {
    const delivery = await deliverOtp(ctx, sealed, starts);
    ctx.logger.info({ jobId: id, outcome: delivery.kind }, "one-time password");
    return delivery.kind === "postponed" ? delivery : { kind: "done", result: undefined };
  },
});
