import type { AppContext } from "../../app-context.ts";
import { ModelError, type ChatModel, type GenerateRequest, type ModelChunk } from "../../platform/gemini/model.ts";
import { noteFailure, noteSuccess, readBreaker, type BreakerState } from "./breaker.ts";

type Context = Pick<AppContext, "redis" | "config" | "logger">;
type Choice = Readonly<{ asked: GenerateRequest; state: BreakerState }>;

/** Faults of a model that is out of order, as far as they are no fault of the request. */
const OUTAGES: ReadonlySet<string> = new Set(["MODEL_UNAVAILABLE", "MODEL_TIMEOUT", "MODEL_STREAM_CUT"]);
/** Faults that last: its provider does not have the model any more, or its quota of the day is used up. */
const LASTING: ReadonlySet<string> = new Set(["MODEL_RETIRED", "MODEL_QUOTA"]);

/**
 * A model that is asked through breakers: while one is open, the first of the request's fallbacks that is not out of order
 * answers. A fallback takes over only before the first chunk, and a request without any is asked as it is.
 */
export const withFallbacks = (ctx: Context, model: ChatModel): ChatModel => ({
  stream: (request) => ((request.fallbacks ?? []).length > 0 ? stream(ctx, model, request) : model.stream(request)),
});

async function* stream(ctx: Context, model: ChatModel, request: GenerateRequest): AsyncGenerator<ModelChunk> {
  let left: readonly GenerateRequest[] = [request];
  for (const fallback of request.fallbacks ?? []) left = [...left, { ...request, ...fallback }];
  // Where all are out of order, the one that was chosen is asked.
  let choice: Choice = (await chooseNext(ctx, left)) ?? { asked: request, state: "failing" };
  for (;;) {
    const { asked, state } = choice;
    left = left.filter((each) => each !== asked);
    if (asked !== request) await request.onFallback?.(asked.model);
    let begun = false;
    try {
      for await (const chunk of model.stream(asked)) {
        if (!begun && state !== "closed") await noteSuccess(ctx, asked.model);
        begun = true;
        yield chunk;
      }
      return;
    } catch (error) {
      const next = begun || request.signal.aborted ? null : await chooseAfter(ctx, asked.model, error, left);
      if (!next) throw error;
      ctx.logger.warn(
        { model: asked.model, fallback: next.asked.model },
        "a model is out of order: another one answers",
      );
      choice = next;
    }
  }
}

/** What is asked after a failure; null where the failure stands. */
async function chooseAfter(
  ctx: Context,
  failed: string,
  error: unknown,
  left: readonly GenerateRequest[],
): Promise<Choice | null> {
  if (!(error instanceof ModelError)) return null;
  const certain = LASTING.has(error.code) || (error.retryAfter ?? 0) > ctx.config.modelMaxWait;
  if (!certain && !OUTAGES.has(error.code)) return null;
  const state = await noteFailure(ctx, failed, { certain });
  return state === "open" ? chooseNext(ctx, left) : null;
}

/** The first that is not out of order. */
async function chooseNext(ctx: Context, requests: readonly GenerateRequest[]): Promise<Choice | null> {
  for (const asked of requests) {
    const state = await readBreaker(ctx, asked.model);
    if (state !== "open") return { asked, state };
  }
  return null;
}
