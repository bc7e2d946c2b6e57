import { usageMetadata, type Counts, type Usage } from "./usage.ts";

/** What stays the same in all chunks of one answer. */
export type Answer = Readonly<{ model: string; responseId: string; promptTokens: number }>;

/** What one chunk says; without `text`, `part` and `parts` the candidate has no parts. */
export type ChunkContent = Readonly<{
  text?: string | undefined;
  /** A part of another kind. */
  part?: unknown;
  /** All parts, in place of the one. */
  parts?: readonly unknown[];
  thought?: boolean | undefined;
  signature?: string | undefined;
  finish?: string | undefined;
  /** Fields of the candidate, such as `groundingMetadata`. */
  candidate?: Readonly<Record<string, unknown>> | undefined;
  usage?: Usage | undefined;
  /** Tokens of the whole reply so far. */
  replyTokens: number;
  counts: Counts;
}>;

/** A `GenerateContentResponse` as one streamed event carries it. */
export function replyChunk(answer: Answer, chunk: ChunkContent) {
  const part = chunk.part ?? {
    text: chunk.text,
    ...(chunk.thought && { thought: true }),
    ...(chunk.signature !== undefined && { thoughtSignature: chunk.signature }),
  };
  const parts = chunk.parts?.length ? chunk.parts : [part];
  return {
    candidates: [
      {
        content: chunk.text === undefined && chunk.part === undefined ? { role: "model" } : { parts, role: "model" },
        ...(chunk.finish === undefined ? {} : { finishReason: chunk.finish }),
        index: 0,
        ...chunk.candidate,
      },
    ],
    usageMetadata: usageMetadata({ prompt: answer.promptTokens, reply: chunk.replyTokens }, chunk.counts, chunk.usage),
    ...about(answer),
  };
}

/** The only event of an answer to a refused prompt. */
export function blockedChunk(answer: Answer, blockReason: string) {
  const usage = { promptTokenCount: answer.promptTokens, totalTokenCount: answer.promptTokens };
  return {
    promptFeedback: { blockReason },
    usageMetadata: { ...usage, promptTokensDetails: [{ modality: "TEXT", tokenCount: answer.promptTokens }] },
    ...about(answer),
  };
}

function about({ model, responseId }: Answer) {
  return { modelVersion: model, responseId };
}

/** The answer to `:countTokens`. */
export function tokenCount(totalTokens: number) {
  return { totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }] };
}
