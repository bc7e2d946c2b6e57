import type { Readable } from "node:stream";
import type { Fetch, GenerateContentParameters, GoogleGenAI } from "@google/genai";
import type { Config } from "../../config.ts";
import { readFinish, readUsage, toContents } from "./chunks.ts";
import { readEvents, type EventReader, type GeminiEvent } from "./events.ts";
import { KEY_REFUSED, toModelError, type CallProgress } from "./errors.ts";
import { post } from "./post.ts";
import { createReplyReader, type ReplyPiece } from "./reply-reader.ts";
import { readRequestSettings } from "./request-settings.ts";
import { blamesSignatures, withoutSignatures } from "./signatures.ts";
import { isBlank } from "../text/blank.ts";
import { readStart } from "../read-start.ts";
import type { Logger } from "../logger.ts";
import {
  ModelError,
  type ChatModel,
  type Finish,
  type GenerateRequest,
  type ModelChunk,
  type TokenCounts,
} from "./model.ts";

export type GeminiConfig = Readonly<Pick<Config["gemini"], "apiKey" | "baseUrl"> & { logger: Pick<Logger, "warn"> }>;

export type GeminiOptions = Readonly<{
  /** How long Gemini may be silent in mid-reply, in milliseconds (30,000). */
  idleTimeoutMs?: number;
  /**
   * How long Gemini may be silent before the first text, in milliseconds, whatever the request says: else 60,000, of a
   * model that thinks at length 180,000.
   */
  firstChunkTimeoutMs?: number;
}>;

/** One reply's way to end its request, and how the request stands. */
type Call = CallProgress & {
  controller: AbortController;
  /** The consumer wants no more. */
  left: boolean;
  /** The limit that Gemini's silence has passed, in milliseconds. */
  timedOut: number | undefined;
  /** Called whenever anything comes of the answer, be it a comment; not there while nothing is waited for. */
  onLife: (() => void) | undefined;
  /** The answer was read to its end. */
  whole: boolean;
  /** Gemini's answer. */
  body: Readable | undefined;
};

/** What is read of an error answer. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Without text, in milliseconds. */
const FIRST_CHUNK_MS = { usual: 60_000, thinking: 180_000 };
/** So long may a connection that is kept alive bring no event, in milliseconds, and one limit of silence more. */
const MAX_ALIVE_MS = 10 * 60_000;
const GEMINI_URL = "https://generativelanguage.googleapis.com/";

/**
 * Gemini as a `ChatModel`, over Google's SDK. Opens nothing, and loads the SDK only with the first reply, so that a
 * process that asks for none does not carry it. Retries nothing: the queue does.
 *
 * @param config without an `apiKey` the model can be made, but every reply fails with `MODEL_UNAUTHORIZED`
 */
export function createGeminiModel(config: GeminiConfig, options: GeminiOptions = {}): ChatModel {
  const { idleTimeoutMs = 30_000, firstChunkTimeoutMs } = options;
  let client: Promise<GoogleGenAI> | undefined;
  const loadClient = () => (client ??= createClient(readApiKey(config.apiKey), config.baseUrl ?? GEMINI_URL));

  async function* reply(request: GenerateRequest, call: Call): AsyncGenerator<ModelChunk, void, undefined> {
    const { signal } = request;
    const abort = (): void => call.controller.abort();
    signal.addEventListener("abort", abort, { once: true });
    let finish: Finish | undefined;
    let usage: TokenCounts = {};
    let written = false;
    const reader = createReplyReader();
    const usualLimit = FIRST_CHUNK_MS[thinksAtLength(request.model) ? "thinking" : "usual"];
    const firstLimit = firstChunkTimeoutMs ?? request.firstTokenMs ?? usualLimit;
    let events: EventReader | undefined;
    try {
      // Gemini is not silent before it is asked.
      await loadClient();
      signal.throwIfAborted();
      for (;;) {
        let event: GeminiEvent | undefined;
        // Who thinks, searches or runs code is given the time for the first text, until there is more.
        const endWait = startWait(call, written && !reader.isBusy() ? idleTimeoutMs : firstLimit);
        try {
          events ??= await ask(request, call);
          event = await events.next();
          call.whole = event === undefined;
        } catch (error) {
          // A connection that breaks after the last word has taken nothing from the reply.
          if (!finish) throw error;
        } finally {
          endWait();
        }
        signal.throwIfAborted();
        if (!event) break;

        // Some models say STOP in every chunk: only at the end of the stream is the last one's word final.
        finish = readFinish(event) ?? finish;
        usage = readUsage(event, usage);
        request.onCounts?.(usage);
        const piece = reader.push(event);
        written ||= !isBlank(piece.text);
        if (!isEmpty(piece)) yield toChunk(piece);
      }

      const rest = reader.end();
      written ||= rest.text !== "";
      if (finish && (written || finish.outcome === "blocked")) {
        const signatures = reader.signatures();
        yield { ...toChunk(rest), ...(signatures.length > 0 && { signatures }), finish, ...usage };
      } else {
        // What was thought stays, also without a reply.
        if (!isEmpty(rest)) yield toChunk(rest);
        throw unfinished(finish);
      }
    } catch (error) {
      if (call.left) return;
      signal.throwIfAborted();
      throw report(error, request, call);
    } finally {
      signal.removeEventListener("abort", abort);
      // The SDK leaves the connection open when its stream is not read to the end (googleapis/js-genai#1918).
      if (!call.whole) abort();
    }
  }

  /** The SDK's part ends with the head of the answer: it reads nothing that its generator is not asked for. */
  async function ask(request: GenerateRequest, call: Call): Promise<EventReader> {
    const { models } = await loadClient();
    const parameters = await parametersFor(request, call);
    await models.generateContentStream(parameters).catch(async (error: unknown) => {
      const turns = blamesSignatures(error) ? withoutSignatures(request.turns) : undefined;
      if (!turns) throw error;
      config.logger.warn({ model: request.model }, "Gemini refuses what it signed: it is asked without");
      await models.generateContentStream({ ...parameters, contents: toContents(turns, request.model) });
    });
    if (!call.body) throw new Error("The answer has no body.");
    return readEvents(call.body, () => call.onLife?.());
  }

  async function parametersFor(request: GenerateRequest, call: Call): Promise<GenerateContentParameters> {
    return {
      model: request.model,
      contents: toContents(request.turns, request.model),
      config: {
        abortSignal: call.controller.signal,
        httpOptions: { fetch: observedFetch(call) },
        // On, which is the default, the SDK would ask again by itself when a long answer breaks off.
        automaticContinuation: false,
        ...(request.systemPrompt ? { systemInstruction: request.systemPrompt } : {}),
        ...(await readRequestSettings(request.settings)),
      },
    };
  }

  function report(error: unknown, { model }: GenerateRequest, call: Call): ModelError {
    const fault = toFault(error, call, config.apiKey ?? "");
    const detail = fault.cause instanceof Error ? fault.cause.message : undefined;
    const { retryable, retryAfter } = fault;
    const { status } = call;
    config.logger.warn({ model, fault: fault.code, retryable, retryAfter, status, detail }, fault.message);
    return fault;
  }

  return { stream: (request) => endingWithItsConsumer((call) => reply(request, call)) };
}

/** Lets `return()` take effect at once, also while a chunk is awaited; a generator alone would wait for the chunk. */
function endingWithItsConsumer(
  start: (call: Call) => AsyncGenerator<ModelChunk, void, undefined>,
): AsyncIterableIterator<ModelChunk, void, undefined> {
  const call: Call = {
    controller: new AbortController(),
    left: false,
    timedOut: undefined,
    onLife: undefined,
    whole: false,
    body: undefined,
    stage: "preparing",
    status: undefined,
    retryAfter: null,
  };
  const chunks = start(call);
  return {
    next: () => chunks.next(),
    return() {
      call.left = true;
      call.controller.abort();
      return chunks.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const isEmpty = ({ text, thought, activities }: ReplyPiece): boolean =>
  text === "" && thought === "" && activities.length === 0;

const toChunk = ({ text, thought, activities }: ReplyPiece): ModelChunk =>
  thought === "" && activities.length === 0
    ? { text }
    : { text, ...(thought !== "" && { thought }), ...(activities.length > 0 && { activities }) };

/** Gemini's models from the third generation on think unless the request turns it off; the light ones hardly. */
function thinksAtLength(model: string): boolean {
  const [, generation] = /^gemini-(\d+)/.exec(model) ?? [];
  return Number(generation ?? 0) >= 3 && !model.includes("-lite");
}

/**
 * Ends the request when the provider is silent for longer than `limit` milliseconds; what the consumer takes does not
 * count. A comment is a sign of life, for a while: a proxy may send them for a model that will never answer.
 *
 * @returns called when what was waited for has come
 */
function startWait(call: Call, limit: number): () => void {
  const aliveUntil = performance.now() + MAX_ALIVE_MS;
  const timer = setTimeout(() => {
    call.timedOut = limit;
    call.controller.abort();
  }, limit);
  call.onLife = () => {
    if (call.timedOut === undefined && performance.now() < aliveUntil) timer.refresh();
  };
  return () => {
    call.onLife = undefined;
    clearTimeout(timer);
  };
}

/** Notes what the SDK keeps to itself: how far the request has come, and the headers of an error answer. */
function observedFetch(call: Call): Fetch {
  return async (input, init) => {
    call.stage = "connecting";
    const answer = await post(input, init);
    const { statusCode: status = 0, statusMessage: statusText = "", headers } = answer;
    call.status = status;
    call.retryAfter = headers["retry-after"] ?? null;
    const head = { status, statusText, headers: { "content-type": headers["content-type"] ?? "" } };
    // An error answer as the SDK takes it into memory: a proxy's may have no end.
    if (status < 200 || status > 299) return new Response((await readStart(answer, MAX_ERROR_BYTES)) || null, head);
    call.body = answer;
    call.stage = "answering";
    return new Response(null, head);
  };
}

/**
 * What is wrong with a stream that ended too early, or that nobody withheld and that has no text. The latter is final,
 * whatever its reason (MAX_TOKENS eaten by thoughts, MALFORMED_FUNCTION_CALL, NO_IMAGE, OTHER): the model has done its
 * work, which is paid, and would do the same again.
 */
function unfinished(finish: Finish | undefined): ModelError {
  return finish
    ? new ModelError("MODEL_EMPTY", `Gemini answered without any text (${finish.reason}).`, {
        retryable: false,
        finishReason: finish.reason,
      })
    : new ModelError("MODEL_STREAM_CUT", "Gemini's answer ended without a finish reason.", { retryable: true });
}

function toFault(error: unknown, call: Call, apiKey: string): ModelError {
  if (error instanceof ModelError) return error;
  if (call.timedOut === undefined) return toModelError(error, call, apiKey.trim());
  const message = `Gemini was silent for more than ${call.timedOut / 1_000} s.`;
  return new ModelError("MODEL_TIMEOUT", message, { retryable: true });
}

async function createClient(apiKey: string, baseUrl: string): Promise<GoogleGenAI> {
  const { GoogleGenAI } = await import("@google/genai");
  // Where nothing is said the SDK looks for it in the environment, which is src/config.ts's to read.
  return new GoogleGenAI({ apiKey, vertexai: false, apiVersion: "v1beta", httpOptions: { baseUrl } });
}

/** @returns what is wrong with the key, in the operator's words; undefined for one that Gemini has to judge */
export function findKeyFault(apiKey: string | undefined): string | undefined {
  const key = apiKey?.trim() ?? "";
  if (key === "") return "GEMINI_API_KEY is not set";
  return /^[\x21-\x7e]+$/.test(key) ? undefined : "GEMINI_API_KEY has characters that no key has";
}

function readApiKey(apiKey = ""): string {
  const fault = findKeyFault(apiKey);
  if (fault === undefined) return apiKey.trim();
  // The message is for the user, the cause for the log.
  throw new ModelError("MODEL_UNAUTHORIZED", KEY_REFUSED, { retryable: false, cause: new Error(fault) });
}
