import type { ServerResponse } from "node:http";
import { outageError } from "./availability.ts";
import { createCollected, type Collected } from "./collected.ts";
import { errorBody, invalidKeyBody } from "./errors.ts";
import { createHold, type Hold } from "./hold.ts";
import { blockedChunk, replyChunk, type Answer, type ChunkContent } from "./payloads.ts";
import { preciseNow, type RequestRecord } from "./record.ts";
import type { Script, Step } from "./script.ts";
import { estimateTokens, type Counts } from "./usage.ts";
import { createEventWriter, type EventWriter } from "./wire.ts";

export type Answering = Readonly<{
  response: ServerResponse;
  record: RequestRecord;
  answer: Answer;
  /** Whether the request wants to see thoughts. */
  showsThoughts: boolean;
  /** The signature of a turn with this text; undefined for a model that gives none. */
  sign(text: string): string | undefined;
  /** Called after each change of the record. */
  changed: () => void;
}>;

type Exchange = Answering & { events: EventWriter };

/** What an answer has come to so far. */
type State = { collected: Collected; finish: string | undefined; blocked: string | undefined; counts: Counts };

/**
 * Answers one request by its script, streamed or at once, as the request's method wants it. Returns when the answer is
 * out, broken off, or no longer wanted; never throws for a client that left.
 */
export async function playScript(script: Script, answering: Answering): Promise<void> {
  const exchange = { ...answering, events: createEventWriter() };
  const hold = createHold(exchange.response);
  const state: State = { collected: createCollected(), finish: undefined, blocked: undefined, counts: {} };
  for (const step of script) {
    if (hold.closed()) return;
    if ((await playStep(step, exchange, state, hold)) === "over") return;
  }
  if (hold.closed()) return;
  if (state.finish === undefined && state.blocked === undefined) {
    await finish({ finish: "STOP" }, exchange, state, hold);
  }
  endAnswer(exchange, state);
}

/** An error as Gemini answers it: to a streaming request its JSON comes labelled as an event stream. */
export function sendError(
  response: ServerResponse,
  status: number,
  body: unknown,
  options: { contentType?: string | undefined; retryAfterHeader?: string | undefined } = {},
): void {
  response.writeHead(status, {
    "Content-Type": options.contentType ?? "application/json; charset=UTF-8",
    ...(options.retryAfterHeader === undefined ? {} : { "Retry-After": options.retryAfterHeader }),
  });
  response.end(typeof body === "string" ? body : `${JSON.stringify(body, null, 2)}\n`);
}

async function playStep(step: Step, exchange: Exchange, state: State, hold: Hold): Promise<"over" | undefined> {
  if ("waitFor" in step) {
    await hold.opened(step.waitFor.opened);
  } else if ("chunks" in step) {
    await sendPaced(step.chunks, step.delayMs, exchange, state, hold);
  } else if ("delayMs" in step) {
    await hold.sleep(step.delayMs);
  } else if ("finish" in step) {
    await finish(step, exchange, state, hold);
  } else if ("text" in step) {
    const { text, thought, usage, candidate } = step;
    await send(exchange, state, hold, { text, thought, usage, candidate });
  } else if ("think" in step) {
    await think(step, exchange, state, hold);
  } else if ("counts" in step) {
    state.counts = { ...state.counts, ...step.counts };
  } else if ("event" in step) {
    state.collected.addEvent(step.event);
    state.finish = finishOf(step.event) ?? state.finish;
    if (isStreamed(exchange)) await writeEvent(exchange, hold, step.event);
  } else if ("empty" in step) {
    await send(exchange, state, hold, {});
  } else if ("blockPrompt" in step) {
    state.blocked = step.blockPrompt;
    if (isStreamed(exchange)) await writeEvent(exchange, hold, blockedChunk(exchange.answer, step.blockPrompt));
  } else if ("part" in step) {
    await send(exchange, state, hold, { part: step.part });
  } else if ("wire" in step) {
    exchange.events.ways = step.wire;
  } else if ("raw" in step) {
    await write(exchange, hold, step.raw);
  } else {
    await playFault(step, exchange, state, hold);
    return "over";
  }
  return undefined;
}

type FaultStep = Extract<
  Step,
  { status: number } | { outage: unknown } | { invalidKey: true } | { stall: true } | { cut: true } | { end: true }
>;

async function playFault(step: FaultStep, exchange: Exchange, state: State, hold: Hold): Promise<void> {
  const { response, record } = exchange;
  if ("stall" in step) {
    await hold.closing();
  } else if ("cut" in step) {
    record.endedAt = preciseNow();
    response.socket?.destroySoon(); // destroy() would take back what was written last
  } else if ("end" in step) {
    endAnswer(exchange, state);
  } else if ("invalidKey" in step) {
    await fail(exchange, hold, 400, invalidKeyBody(), {});
  } else if ("outage" in step) {
    const { status, body } = outageError(exchange.answer.model, step.outage);
    await fail(exchange, hold, status, body, {});
  } else {
    await fail(exchange, hold, step.status, step.body ?? errorBody(step.status, step), step);
  }
}

async function fail(
  exchange: Exchange,
  hold: Hold,
  status: number,
  body: unknown,
  options: { contentType?: string; retryAfterHeader?: string },
): Promise<void> {
  const { response, record } = exchange;
  if (response.headersSent) {
    await writeEvent(exchange, hold, body);
    response.end();
    return;
  }
  record.status = status;
  const contentType = options.contentType ?? (isStreamed(exchange) ? "text/event-stream" : undefined);
  sendError(response, status, body, { ...options, contentType });
}

async function sendPaced(
  chunks: readonly string[],
  delayMs: number,
  exchange: Exchange,
  state: State,
  hold: Hold,
): Promise<void> {
  const start = performance.now();
  for (const [index, text] of chunks.entries()) {
    const early = start + index * delayMs - performance.now();
    if (early > 0) await hold.sleep(early);
    if (hold.closed()) return;
    await send(exchange, state, hold, { text });
  }
}

/** A thought piece by piece, or, for who does not want to see it, the same time without a byte. */
async function think(
  { think: pieces, forMs = 0, tokens }: Extract<Step, { think: unknown }>,
  exchange: Exchange,
  state: State,
  hold: Hold,
): Promise<void> {
  const start = performance.now();
  const total = tokens ?? estimateTokens(pieces.join(""));
  const before = state.counts.thoughts ?? 0;
  for (const [index, text] of pieces.entries()) {
    const early = start + (index * forMs) / pieces.length - performance.now();
    if (exchange.showsThoughts && early > 0) await hold.sleep(early);
    if (hold.closed()) return;
    state.counts = { ...state.counts, thoughts: before + Math.ceil((total * (index + 1)) / pieces.length) };
    if (exchange.showsThoughts) await send(exchange, state, hold, { text, thought: true });
  }
  state.counts = { ...state.counts, thoughts: before + total };
  const left = start + forMs - performance.now();
  if (left > 0) await hold.sleep(left);
}

/** The last chunk: a whole reply of a model that signs carries its signature, on a part with an empty text. */
async function finish(
  step: Extract<Step, { finish: string }>,
  exchange: Exchange,
  state: State,
  hold: Hold,
): Promise<void> {
  const text = step.withoutParts ? undefined : (step.text ?? "");
  const whole = state.collected.text() + (text ?? "");
  const signature = step.finish === "STOP" && step.signature !== false ? exchange.sign(whole) : undefined;
  const { usage, candidate } = step;
  await send(exchange, state, hold, { text, finish: step.finish, usage, candidate, signature });
}

async function send(
  exchange: Exchange,
  state: State,
  hold: Hold,
  chunk: Omit<ChunkContent, "replyTokens" | "counts">,
): Promise<void> {
  state.collected.add(chunk);
  state.finish = chunk.finish ?? state.finish;
  if (!isStreamed(exchange)) return;
  const content = { ...chunk, replyTokens: estimateTokens(state.collected.text()), counts: state.counts };
  const sent = writeEvent(exchange, hold, replyChunk(exchange.answer, content));
  if (content.text) {
    exchange.record.chunksSent += 1;
    exchange.record.chunkTimes.push(preciseNow());
    exchange.changed();
  }
  await sent;
}

function endAnswer({ response, record, answer }: Exchange, { collected, blocked, counts }: State): void {
  record.status = 200;
  if (record.method === "streamGenerateContent") {
    if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end();
    return;
  }
  response.writeHead(200, { "Content-Type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(blocked === undefined ? collected.whole(answer, counts) : blockedChunk(answer, blocked)));
}

function finishOf(event: unknown): string | undefined {
  const { candidates, promptFeedback } = event as Readonly<{
    candidates?: readonly Readonly<{ finishReason?: string }>[];
    promptFeedback?: Readonly<{ blockReason?: string }>;
  }>;
  return candidates?.[0]?.finishReason ?? promptFeedback?.blockReason;
}

async function writeEvent(exchange: Exchange, hold: Hold, payload: unknown): Promise<void> {
  const [first, ...others] = exchange.events.write(payload);
  if (first) await write(exchange, hold, first);
  for (const piece of others) {
    await hold.sleep(0);
    await write(exchange, hold, piece);
  }
}

async function write({ response, record }: Exchange, hold: Hold, bytes: string | Uint8Array): Promise<void> {
  if (hold.closed()) return;
  if (!response.headersSent) {
    record.status = 200;
    response.writeHead(200, { "Content-Type": "text/event-stream" });
  }
  if (!response.write(bytes)) await hold.drained();
}

function isStreamed({ record }: Exchange): boolean {
  return record.method === "streamGenerateContent";
}
