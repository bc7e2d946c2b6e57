import type { ServerResponse } from "node:http";
import {
  blockedChunk,
  errorBody,
  estimateTokens,
  invalidKeyBody,
  replyChunk,
  type Answer,
  type ChunkContent,
} from "./payloads.ts";
import { preciseNow, type RequestRecord } from "./record.ts";
import type { Script, Step, Usage } from "./script.ts";
import { createEventWriter, type EventWriter } from "./wire.ts";

export type Answering = Readonly<{
  response: ServerResponse;
  record: RequestRecord;
  answer: Answer;
  /** Called after each change of the record. */
  changed: () => void;
}>;

type Exchange = Answering & { events: EventWriter };

/** What an answer has come to so far. */
type State = { text: string; finish: string | undefined; usage: Usage | undefined; blocked: string | undefined };

type Hold = ReturnType<typeof createHold>;

/**
 * Answers one request by its script, streamed or at once, as the request's method wants it. Returns when the answer is
 * out, broken off, or no longer wanted; never throws for a client that left.
 */
export async function playScript(script: Script, answering: Answering): Promise<void> {
  const exchange = { ...answering, events: createEventWriter() };
  const hold = createHold(exchange.response);
  const state: State = { text: "", finish: undefined, usage: undefined, blocked: undefined };
  for (const step of script) {
    if (hold.closed()) return;
    if ((await playStep(step, exchange, state, hold)) === "over") return;
  }
  if (hold.closed()) return;
  if (state.finish === undefined && state.blocked === undefined) {
    await send(exchange, state, hold, { text: "", finish: "STOP" });
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
    await send(exchange, state, hold, { text: step.text ?? "", finish: step.finish, usage: step.usage });
  } else if ("text" in step) {
    await send(exchange, state, hold, { text: step.text, thought: step.thought, usage: step.usage });
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
  { status: number } | { invalidKey: true } | { stall: true } | { cut: true } | { end: true }
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

async function send(
  exchange: Exchange,
  state: State,
  hold: Hold,
  content: Omit<ChunkContent, "replyTokens">,
): Promise<void> {
  if (!content.thought) state.text += content.text ?? "";
  state.finish = content.finish ?? state.finish;
  state.usage = content.usage ?? state.usage;
  if (!isStreamed(exchange)) return;
  const replyTokens = estimateTokens(state.text);
  const sent = writeEvent(exchange, hold, replyChunk(exchange.answer, { ...content, replyTokens }));
  if (content.text) {
    exchange.record.chunksSent += 1;
    exchange.record.chunkTimes.push(preciseNow());
    exchange.changed();
  }
  await sent;
}

function endAnswer({ response, record, answer }: Exchange, { text, finish, usage, blocked }: State): void {
  record.status = 200;
  if (record.method === "streamGenerateContent") {
    if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end();
    return;
  }
  const whole = replyChunk(answer, { text, finish, usage, replyTokens: estimateTokens(text) });
  response.writeHead(200, { "Content-Type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(blocked === undefined ? whole : blockedChunk(answer, blocked)));
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

/** Waits that all end at once when the connection closes. */
function createHold(response: ServerResponse) {
  let closed = response.destroyed;
  let wake = (): void => {};
  response.once("close", () => {
    closed = true;
    wake();
  });

  function until(arm: (done: () => void) => () => void): Promise<void> {
    if (closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        release();
        resolve();
      };
      const release = arm(done);
      wake = done;
    });
  }

  return {
    closed: () => closed,
    closing: () => until(() => nothingToRelease),
    sleep: (ms: number) =>
      until((done) => {
        const timer = setTimeout(done, ms);
        return () => clearTimeout(timer);
      }),
    opened: (gate: Promise<void>) =>
      until((done) => {
        void waitFor(gate, done);
        return nothingToRelease;
      }),
    drained: () =>
      until((done) => {
        response.once("drain", done);
        return () => response.off("drain", done);
      }),
  };
}

async function waitFor(gate: Promise<void>, done: () => void): Promise<void> {
  await gate;
  done();
}

function nothingToRelease(): void {}
