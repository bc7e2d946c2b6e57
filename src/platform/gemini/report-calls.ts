import type { Clock } from "../clock.ts";
import { failSpan, openSpan, SpanKind, type Span } from "../telemetry/tracing.ts";
import {
  ModelError,
  type CallReport,
  type ChatModel,
  type Finish,
  type GenerateRequest,
  type ModelChunk,
  type TokenCounts,
} from "./model.ts";

/** A call that has ended, and how long it has taken, in milliseconds. */
export type TimedCall = CallReport &
  Readonly<{
    totalMs: number;
    /** To the first chunk; null where none came. */
    firstChunkMs: number | null;
    /** From the first chunk to the last. */
    streamMs: number;
    chunks: number;
  }>;

/**
 * A model that reports each of its calls to `GenerateRequest.onCall`, once it has ended, however it has.
 *
 * @param observe gets each call as well, with its times
 */
export const reportCalls = (
  ctx: { clock: Clock },
  model: ChatModel,
  observe: (call: TimedCall) => void = () => {},
): ChatModel => ({ stream: (request) => stream(ctx, model, request, observe) });

async function* stream(
  ctx: { clock: Clock },
  model: ChatModel,
  request: GenerateRequest,
  observe: (call: TimedCall) => void,
): AsyncGenerator<ModelChunk> {
  const begunAt = performance.now();
  let [firstAt, lastAt, chunks] = [0, 0, 0];
  const startedAt = ctx.clock.now();
  let counts: TokenCounts = {};
  let finish: Finish | undefined;
  const received = { text: "", thought: "" };
  const span = openSpan(`generate_content ${request.model}`, { kind: SpanKind.CLIENT, attributes: describe(request) });
  const onCounts = (more: TokenCounts) => {
    counts = more;
    request.onCounts?.(more);
  };
  /** What holds when the consumer leaves. */
  let end: Pick<CallReport, "outcome" | "errorCode"> = { outcome: "ABORTED", errorCode: null };
  try {
    for await (const chunk of model.stream({ ...request, onCounts })) {
      received.text += chunk.text;
      received.thought += chunk.thought ?? "";
      finish = chunk.finish ?? finish;
      lastAt = performance.now();
      if ((chunks += 1) === 1) {
        firstAt = lastAt;
        span?.addEvent("first chunk");
      }
      yield chunk;
    }
    end = { outcome: finish?.outcome === "blocked" ? "BLOCKED" : "COMPLETE", errorCode: null };
  } catch (error) {
    if (!request.signal.aborted)
      end = { outcome: "FAILED", errorCode: error instanceof ModelError ? error.code : null };
    throw error;
  } finally {
    const report = { model: request.model, startedAt, ...end, counts, received };
    request.onCall?.(report);
    const firstChunkMs = chunks === 0 ? null : firstAt - begunAt;
    observe({ ...report, totalMs: performance.now() - begunAt, firstChunkMs, streamMs: lastAt - firstAt, chunks });
    if (span) endCall(span, report);
  }
}

/** As OpenTelemetry's conventions for GenAI call it: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ */
const describe = ({ model }: GenerateRequest) => ({
  "gen_ai.operation.name": "generate_content",
  "gen_ai.provider.name": "gcp.gemini",
  "gen_ai.request.model": model,
});

function endCall(span: Span, { outcome, errorCode, counts }: CallReport): void {
  const { promptTokens = 0, toolTokens = 0, replyTokens = 0, thoughtTokens = 0 } = counts;
  span.setAttributes({
    "gen_ai.usage.input_tokens": promptTokens + toolTokens,
    "gen_ai.usage.output_tokens": replyTokens + thoughtTokens,
    "colloquy.outcome": outcome,
  });
  if (outcome === "FAILED") failSpan(span, errorCode ?? "_OTHER");
  else span.end();
}
