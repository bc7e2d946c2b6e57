import { z } from "zod";
import { EventTooLarge } from "./events.ts";
import { readWait, isDailyQuota, untilNextDay } from "./waits.ts";
import { ModelError } from "./model.ts";

/** How far a call had come when it failed, and what its HTTP response said. */
export type CallProgress = {
  /** `preparing`: nothing was sent; `answering`: a success status has come. */
  stage: "preparing" | "connecting" | "answering";
  status: number | undefined;
  /** The `Retry-After` header. */
  retryAfter: string | null;
};

const Text = z.string().optional().catch(undefined);
const Detail = z.looseObject({
  reason: Text,
  retryDelay: Text,
  violations: z
    .array(z.looseObject({ quotaId: Text }))
    .optional()
    .catch(undefined),
});

/** Gemini's error body, shaped as google.rpc.Status is (https://google.aip.dev/193). */
const ErrorBody = z.object({
  error: z.object({
    message: z.string().catch(""),
    details: z.array(Detail.catch({})).catch([]),
  }),
});
type GeminiFault = z.infer<typeof ErrorBody>["error"];

/** A proxy may answer with a whole page. */
const MAX_DETAIL = 500;

/**
 * What a fault of the SDK, of Gemini or of the network means for the reply. An error answer goes by its status; without
 * one it depends on how far the call had come.
 *
 * The message is ours, for users to see. Gemini's words go into `cause`, and never with a key in them: Gemini quotes the
 * whole API key when it has suspended it ("Consumer 'api_key:AIza…' has been suspended").
 */
export function toModelError(error: unknown, progress: CallProgress, apiKey: string): ModelError {
  if (error instanceof EventTooLarge) {
    const message = "Gemini's answer has a part that is too large to be read.";
    return new ModelError("MODEL_UNREADABLE", message, { retryable: false, cause: error });
  }
  const status = statusOf(error, progress);
  const fault = status === undefined ? undefined : readFault(error);
  const cause = new Error(redact(fault?.message || describe(error), apiKey).slice(0, MAX_DETAIL));
  if (status !== undefined) return fromStatus(status, fault, progress, cause);

  switch (progress.stage) {
    case "preparing":
      return new ModelError("MODEL_REJECTED", "The request could not be put to Gemini.", { retryable: false, cause });
    case "connecting":
      return new ModelError("MODEL_UNAVAILABLE", "Gemini could not be reached.", { retryable: true, cause });
    case "answering":
      return new ModelError("MODEL_STREAM_CUT", "Gemini's answer broke off.", { retryable: true, cause });
    default:
      return progress.stage satisfies never;
  }
}

/** The text without the key in use, and without anything else that looks like one of Google's. */
function redact(text: string, apiKey: string): string {
  const withoutOurs = apiKey === "" ? text : text.replaceAll(apiKey, "[key]");
  return withoutOurs.replace(/\bAIza[\w-]{8,}/g, "[key]");
}

function fromStatus(status: number, fault: GeminiFault | undefined, progress: CallProgress, cause: Error): ModelError {
  const details = fault?.details ?? [];
  const retryAfter = readWait(details, progress.retryAfter);
  if (status === 429 && isDailyQuota(details)) {
    return new ModelError("MODEL_QUOTA", "The day's quota at Gemini is used up.", {
      retryable: false,
      retryAfter: Math.max(retryAfter ?? 0, untilNextDay(new Date())),
      cause,
    });
  }
  if (status === 429) {
    return new ModelError("MODEL_RATE_LIMITED", `Gemini is being asked too much at the moment (${status}).`, {
      retryable: true,
      retryAfter,
      cause,
    });
  }
  // 408 is the one 4xx that says nothing about the request itself.
  if (status >= 500 || status === 408) {
    const message = `Gemini is not available at the moment (${status}).`;
    return new ModelError("MODEL_UNAVAILABLE", message, { retryable: true, retryAfter, cause });
  }
  if (status === 401 || status === 403 || isInvalidKey(fault)) {
    const hint = new Error(`Gemini refused the API key (${status}); GEMINI_API_KEY has to be checked`, { cause });
    return new ModelError("MODEL_UNAUTHORIZED", KEY_REFUSED, { retryable: false, cause: hint });
  }
  if (status === 404 && saysNoModel(fault)) {
    const message = `Gemini does not have this model any more (${status}).`;
    return new ModelError("MODEL_RETIRED", message, { retryable: false, cause });
  }
  if ((status === 400 || status === 413) && isTooLong(fault)) {
    const message = `The conversation is longer than the model reads (${status}).`;
    return new ModelError("MODEL_TOO_LONG", message, { retryable: false, cause });
  }
  return new ModelError("MODEL_REJECTED", `Gemini refused the request (${status}).`, { retryable: false, cause });
}

/**
 * A prompt that is too long has no status and no reason of its own, only words: "The input token count (1192301) exceeds
 * the maximum number of tokens allowed (1048576)", "Request payload size exceeds the limit: 20971520 bytes".
 */
function isTooLong(fault: GeminiFault | undefined): boolean {
  return /\b(token|payload)/i.test(fault?.message ?? "") && /\bexceed/i.test(fault?.message ?? "");
}

/** A wrong address has a 404 as well. Gemini's for a model names it: "This model models/… is no longer available." */
const saysNoModel = (fault: GeminiFault | undefined): boolean => /\bmodels\//.test(fault?.message ?? "");

/** The user's message for a missing or wrong key; the log names the setting. */
export const KEY_REFUSED = "The server's access to the model has to be set up again.";

/** A wrong or expired key comes as a 400. */
function isInvalidKey(fault: GeminiFault | undefined): boolean {
  return fault?.details.some(({ reason }) => reason?.startsWith("API_KEY_")) ?? false;
}

/** The status of an error answer, or of an error event in the stream; the SDK's own errors do not always have it. */
function statusOf(error: unknown, progress: CallProgress): number | undefined {
  if (error instanceof Error && error.name === "ApiError" && "status" in error && typeof error.status === "number") {
    return error.status;
  }
  return progress.stage === "connecting" ? progress.status : undefined;
}

/**
 * The fault in the message of the SDK's `ApiError`, where it stands as JSON, after "got status: …" when it came in
 * mid-stream; and as JSON within that JSON when the answer was not labelled as JSON, as Gemini's to `alt=sse` are not.
 */
function readFault(error: unknown): GeminiFault | undefined {
  let text = error instanceof Error ? error.message : "";
  let fault: GeminiFault | undefined;
  for (let depth = 0; depth < 3; depth += 1) {
    const parsed = ErrorBody.safeParse(parseJson(text));
    if (!parsed.success) break;
    fault = parsed.data.error;
    text = fault.message;
  }
  return fault;
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.slice(Math.max(0, text.search(/[{[]/))));
    return Array.isArray(value) ? value[0] : value;
  } catch {
    return undefined;
  }
}

/** An error and what is behind it: `fetch` says only "fetch failed" itself. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return "not JSON"; // its message quotes the text, which is nobody's but the user's
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  const behind = error.cause === undefined ? "" : `: ${describe(error.cause)}`;
  return `${error.message || error.name}${code}${behind}`;
}
