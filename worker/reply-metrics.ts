import type { AppContext } from "../src/app-context.ts";
import type { AttemptReport } from "../src/features/replies/attempt-report.ts";
import { refundCounter } from "../src/features/usage/refund-metrics.ts";
import { MODEL_BUCKETS } from "../src/platform/telemetry/metrics.ts";

/** Counts attempts at replies. One whose reply is `PENDING` after it is tried again. */
export function createReplyMetrics({ metrics }: Pick<AppContext, "metrics">): (report: AttemptReport) => void {
  refundCounter(metrics);
  const labels = ["model", "outcome"] as const;
  const attempts = metrics.counter(
    "colloquy_reply_attempts_total",
    "Attempts at replies, by how the reply then stands.",
    [...labels, "code"],
  );
  const first = metrics.histogram(
    "colloquy_reply_first_token_seconds",
    "From the claim to the first text or thought.",
    {
      labels: ["model"],
      buckets: MODEL_BUCKETS,
    },
  );
  const total = metrics.histogram("colloquy_reply_duration_seconds", "From the claim to the stored end.", {
    labels,
    buckets: MODEL_BUCKETS,
  });
  return ({ model, outcome, errorCode, firstTokenMs, totalMs }) => {
    const ending = { model, outcome: outcome ?? "SUPERSEDED" };
    attempts.inc({ ...ending, code: errorCode ?? "OK" });
    if (firstTokenMs !== null) first.observe({ model }, firstTokenMs / 1_000);
    total.observe(ending, totalMs / 1_000);
  };
}
