import { z } from "zod";
import type { JobContract } from "../../platform/redis/queue.ts";

const DeliverOtp = z.object({
  /** The code and its number, encrypted: see `sealOtp`. */
  sealed: z.string(),
});
export type DeliverOtp = z.infer<typeof DeliverOtp>;

/** Hand a one-time password to the webhook. It is in no table, so the job has to carry it. */
export const deliverOtpJob: JobContract<DeliverOtp> = { name: "deliver-otp", data: DeliverOtp };
