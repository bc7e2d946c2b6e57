import type { AppContext } from "../src/app-context.ts";
import { costOfTokens, pricesAt } from "../src/model-catalogue/cost-of-tokens.ts";
import type { TimedCall } from "../src/platform/gemini/report-calls.ts";
import { MODEL_BUCKETS } from "../src/platform/telemetry/metrics.ts";

const MODEL = "gen_ai_request_model";
const CALL_LABELS = ["gen_ai_operation_name", "gen_ai_provider_name", MODEL, "error_type"] as const;
/** Powers of four, as OpenTelemetry's GenAI conventions have them. */
const TOKEN_BUCKETS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
const CHUNK_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const MICROS = 1_000_000;

/**
 * Counts the provider's calls: times and tokens under the names of OpenTelemetry's GenAI conventions
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/), with Prometheus' spelling.
 */
export function createCallMetrics({
  metrics,
  config,
}: Pick<AppContext, "metrics" | "config">): (call: TimedCall) => void {
  const durations = metrics.histogram("gen_ai_client_operation_duration_seconds", "Calls of models, to their end.", {
    labels: CALL_LABELS,
    buckets: MODEL_BUCKETS,
  });
  const firstChunks = metrics.histogram(
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "Calls of models, to the first chunk.",
    { labels: [MODEL], buckets: MODEL_BUCKETS },
  );
  const perChunk = metrics.histogram(
    "gen_ai_client_operation_time_per_output_chunk_seconds",
    "Time between chunks, as the mean of a call.",
    { labels: [MODEL], buckets: CHUNK_BUCKETS },
  );
  const usage = metrics.histogram("gen_ai_client_token_usage", "Tokens of a call, as the provider counts them.", {
    labels: [MODEL, "gen_ai_token_type"],
    buckets: TOKEN_BUCKETS,
  });
  const calls = metrics.counter("colloquy_model_calls_total", "Calls of models that have ended.", [
    MODEL,
    "outcome",
    "error_type",
  ]);
  const tokens = metrics.counter("colloquy_model_tokens_total", "Tokens by kind; cached ones are prompt tokens too.", [
    MODEL,
    "kind",
  ]);
  const cost = metrics.counter(
    "colloquy_model_cost_total",
    "Cost of the counted tokens, in the currency of MODELS_FILE.",
    [MODEL],
  );

  return (call) => {
    const { model, outcome, errorCode, counts, startedAt, totalMs, firstChunkMs, streamMs, chunks } = call;
    const labels = { [MODEL]: model } as const;
    const error_type = errorCode ?? (outcome === "FAILED" ? "_OTHER" : "");
    const operation = { gen_ai_operation_name: "generate_content", gen_ai_provider_name: "gcp.gemini" };
    durations.observe({ ...operation, ...labels, error_type }, totalMs / 1_000);
    calls.inc({ ...labels, outcome, error_type });
    if (firstChunkMs !== null) firstChunks.observe(labels, firstChunkMs / 1_000);
    if (chunks > 1) perChunk.observe(labels, streamMs / (chunks - 1) / 1_000);
    const { promptTokens = 0, cachedTokens = 0, replyTokens = 0, thoughtTokens = 0, toolTokens = 0 } = counts;
    const billed = { promptTokens, cachedTokens, replyTokens, thoughtTokens, toolTokens };
    if (counts.promptTokens !== undefined)
      usage.observe({ ...labels, gen_ai_token_type: "input" }, promptTokens + toolTokens);
    if (counts.replyTokens !== undefined)
      usage.observe({ ...labels, gen_ai_token_type: "output" }, replyTokens + thoughtTokens);
    for (const [name, count] of Object.entries(billed))
      tokens.inc({ ...labels, kind: name.replace("Tokens", "") }, count);
    const known = config.models.models.get(model);
    if (known) cost.inc(labels, Number(costOfTokens(billed, pricesAt(known, startedAt))) / MICROS);
  };
}
