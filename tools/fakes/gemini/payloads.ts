import type { Usage } from "./script.ts";

/** The models that the fake lists; it answers for every `gemini-…` and `gemma-…` name. */
const LISTED = [
  { id: "gemini-3.8-flash", displayName: "Gemini 3.8 Flash" },
  { id: "gemini-3.7-flash", displayName: "Gemini 3.7 Flash" },
  { id: "gemini-3.6-flash", displayName: "Gemini 3.6 Flash" },
  { id: "gemini-3.5-flash", displayName: "Gemini 3.5 Flash" },
  { id: "gemini-3.5-flash-lite", displayName: "Gemini 3.5 Flash-Lite" },
  { id: "gemini-3.1-flash-lite", displayName: "Gemini 3.1 Flash-Lite" },
] as const;

/** The canonical status of an error and Gemini's own words for it. */
const ERRORS: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ["INVALID_ARGUMENT", "Request contains an invalid argument."],
  401: ["UNAUTHENTICATED", "Request had invalid authentication credentials."],
  403: ["PERMISSION_DENIED", "The caller does not have permission."],
  404: ["NOT_FOUND", "Requested entity was not found."],
  408: ["DEADLINE_EXCEEDED", "The request timed out."],
  409: ["ABORTED", "The operation was aborted."],
  429: [
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, " +
      "head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
  ],
  499: ["CANCELLED", "The operation was cancelled."],
  500: ["INTERNAL", "An internal error has occurred. Please retry or report in https://ai.google.dev/gemini-api/docs."],
  503: ["UNAVAILABLE", "The model is overloaded. Please try again later."],
  504: ["DEADLINE_EXCEEDED", "Deadline expired before operation could complete."],
};

export type ErrorExtras = Readonly<{
  message?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** The `reason` of an `ErrorInfo`, such as `API_KEY_INVALID`. */
  reason?: string | undefined;
}>;

/** The JSON body of an error, shaped as google.rpc.Status is. */
export function errorBody(code: number, extras: ErrorExtras = {}) {
  const [status, message] = ERRORS[code] ?? ["UNKNOWN", "Unknown error."];
  const details = [
    ...(extras.reason === undefined ? [] : [errorInfo(extras.reason)]),
    ...(extras.retryAfter === undefined ? [] : [retryInfo(extras.retryAfter)]),
  ];
  return {
    error: { code, message: extras.message ?? message, status, ...(details.length > 0 ? { details } : {}) },
  };
}

/** What Gemini answers to a key that it does not know: a 400, not a 401. */
export function invalidKeyBody() {
  return errorBody(400, { message: "API key not valid. Please pass a valid API key.", reason: "API_KEY_INVALID" });
}

function errorInfo(reason: string) {
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason,
    domain: "googleapis.com",
    metadata: { service: "generativelanguage.googleapis.com" },
  };
}

function retryInfo(seconds: number) {
  return { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` };
}

/** What stays the same in all chunks of one answer. */
export type Answer = Readonly<{ model: string; responseId: string; promptTokens: number }>;

/** What one chunk says; without `text` and `part` the candidate has no parts. */
export type ChunkContent = Readonly<{
  text?: string | undefined;
  /** A part of another kind. */
  part?: unknown;
  thought?: boolean | undefined;
  finish?: string | undefined;
  usage?: Usage | undefined;
  /** Tokens of the whole reply so far. */
  replyTokens: number;
}>;

/** A `GenerateContentResponse` as one streamed event carries it. */
export function replyChunk(answer: Answer, chunk: ChunkContent) {
  const part = chunk.part ?? (chunk.thought ? { text: chunk.text, thought: true } : { text: chunk.text });
  return {
    candidates: [
      {
        content:
          chunk.text === undefined && chunk.part === undefined ? { role: "model" } : { parts: [part], role: "model" },
        ...(chunk.finish === undefined ? {} : { finishReason: chunk.finish }),
        index: 0,
      },
    ],
    ...tail(answer, {
      promptTokenCount: answer.promptTokens,
      candidatesTokenCount: chunk.replyTokens,
      totalTokenCount: answer.promptTokens + chunk.replyTokens,
      ...chunk.usage,
    }),
  };
}

/** The only event of an answer to a refused prompt. */
export function blockedChunk(answer: Answer, blockReason: string) {
  return {
    promptFeedback: { blockReason },
    ...tail(answer, { promptTokenCount: answer.promptTokens, totalTokenCount: answer.promptTokens }),
  };
}

function tail(answer: Answer, usage: Usage) {
  const promptTokensDetails = [{ modality: "TEXT", tokenCount: usage.promptTokenCount }];
  return {
    usageMetadata: { ...usage, promptTokensDetails },
    modelVersion: answer.model,
    responseId: answer.responseId,
  };
}

/** The answer to `:countTokens`. */
export function tokenCount(totalTokens: number) {
  return { totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens }] };
}

/** About four characters a token, as Google's guide says; only stable, not exact. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The answer to `GET /models`. */
export function modelList() {
  return { models: LISTED.map(({ id }) => describeModel(id)) };
}

/** One model, or undefined for a name that the real service would not know either. */
export function describeModel(id: string) {
  if (!/^(gemini|gemma)-[\w.-]+$/.test(id)) return undefined;
  return {
    name: `models/${id}`,
    version: "001",
    displayName: LISTED.find((model) => model.id === id)?.displayName ?? id,
    description: "Colloquy's local fake; nothing leaves this machine.",
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ["generateContent", "countTokens"],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
  };
}
