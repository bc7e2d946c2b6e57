import { declareOnce } from "../../platform/telemetry/metrics.ts";
import type { RefundCause } from "./quota.ts";

const LABELS = { fault: "fault", "early stop": "early_stop" } as const satisfies Record<RefundCause, string>;

/** Counts a refund, once it is committed. */
export const refundCounter = declareOnce((metrics): ((cause: RefundCause) => void) => {
  const refunds = metrics.counter("colloquy_refunds_total", "Messages that were refunded for the end of their reply.", [
    "cause",
  ]);
  // A series that begins with its first refund would not show it as an increase.
  for (const cause of Object.values(LABELS)) refunds.inc({ cause }, 0);
  return (cause) => refunds.inc({ cause: LABELS[cause] });
});
