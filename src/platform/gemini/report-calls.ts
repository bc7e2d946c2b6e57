import type { Clock } from "../clock.ts";
import {
  ModelError,
  type CallReport,
  type ChatModel,
  type Finish,
  type GenerateRequest,
  type ModelChunk,
  type TokenCounts,
} from "./model.ts";

/** A model that reports each of its calls to `GenerateRequest.onCall`, once it has ended, however it has. */
export const reportCalls = (ctx: { clock: Clock }, model: ChatModel): ChatModel => ({
  stream: (request) => stream(ctx, model, request),
});

async function* stream(ctx: { clock: Clock }, model: ChatModel, request: GenerateRequest): AsyncGenerator<ModelChunk> {
  const startedAt = ctx.clock.now();
  let counts: TokenCounts = {};
  let finish: Finish | undefined;
  const received = { text: "", thought: "" };
  const onCounts = (more: TokenCounts) => {
    counts = { ...counts, ...more };
    request.onCounts?.(more);
  };
  /** What holds when the consumer leaves. */
  let end: Pick<CallReport, "outcome" | "errorCode"> = { outcome: "ABORTED", errorCode: null };
  try {
    for await (const chunk of model.stream({ ...request, onCounts })) {
      received.text += chunk.text;
      received.thought += chunk.thought ?? "";
      finish = chunk.finish ?? finish;
      yield chunk;
    }
    end = { outcome: finish?.outcome === "blocked" ? "BLOCKED" : "COMPLETE", errorCode: null };
  } catch (error) {
    if (!request.signal.aborted)
      end = { outcome: "FAILED", errorCode: error instanceof ModelError ? error.code : null };
    throw error;
  } finally {
    request.onCall?.({ model: request.model, startedAt, ...end, counts, received });
  }
}
