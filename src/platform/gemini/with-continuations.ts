import type { NewActivity } from "./activity.ts";
import { ModelError, type ChatModel, type Continuation, type GenerateRequest, type ModelChunk } from "./model.ts";
import { createSeam, lastWords } from "./seam.ts";

/**
 * A model that goes on with a reply that broke off (`GenerateRequest.continues`), in either of two ways. What it repeats is
 * left out. A continuation has no signatures: they would be of a text that nobody has signed as a whole.
 */
export const withContinuations = (model: ChatModel): ChatModel => ({
  stream: (request) => (request.continues ? goOn(model, request, request.continues) : model.stream(request)),
});

async function* goOn(
  model: ChatModel,
  request: GenerateRequest,
  continuation: Continuation,
): AsyncGenerator<ModelChunk> {
  try {
    yield* ask(model, request, continuation);
  } catch (error) {
    if (continuation.by !== "PREFILL" || !refusesOwnTurn(error)) throw error;
    yield* ask(model, request, { ...continuation, by: "PROMPT" });
  }
}

async function* ask(
  model: ChatModel,
  request: GenerateRequest,
  { text, by }: Continuation,
): AsyncGenerator<ModelChunk> {
  const asked = by === "PROMPT";
  const turns = [
    ...request.turns,
    { role: "assistant", text } as const,
    ...(asked ? [{ role: "user", text: GO_ON + lastWords(text) } as const] : []),
  ];
  const seam = createSeam(text, { asked });
  let held: readonly NewActivity[] = [];
  try {
    for await (const { signatures: _unused, activities = [], ...chunk } of model.stream({ ...request, turns })) {
      const fresh = seam.push(chunk.text) + (chunk.finish ? seam.end() : "");
      held = [...held, ...activities];
      // Where they stand is known once the text is joined.
      const shift = chunk.finish ? (seam.shift() ?? 0) : seam.shift();
      const ready = shift === undefined ? [] : held.map((each) => moved(each, shift));
      if (shift !== undefined) held = [];
      yield { ...chunk, text: fresh, ...(ready.length > 0 && { activities: ready }) };
    }
  } catch (error) {
    const reason = error instanceof ModelError && error.code === "MODEL_EMPTY" ? error.finishReason : undefined;
    if (reason === undefined) throw error;
    // Only the end was missing.
    yield { text: seam.end(), finish: { reason, outcome: "complete" } };
  }
}

const moved = (activity: NewActivity, by: number): NewActivity => ({ ...activity, at: Math.max(0, activity.at + by) });

/** The fake of Gemini knows it by its first words. */
const GO_ON = `Your answer above broke off. Write the rest of it in the same language and form, as if it had never stopped: no \
remark, no excuse, nothing a second time. Begin by repeating its last words exactly as they are here, and go on from them:

`;

/** "Requests ending with a model turn are not supported.", which Gemini's models answer since July 2026. */
const refusesOwnTurn = (error: unknown): boolean =>
  error instanceof ModelError &&
  error.code === "MODEL_REJECTED" &&
  error.cause instanceof Error &&
  /ending with a model turn/i.test(error.cause.message);
