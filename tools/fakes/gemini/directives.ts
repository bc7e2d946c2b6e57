import { readOutage } from "./availability.ts";
import { readContent, type Content } from "./content-directives.ts";
import { DirectiveError, readNumber } from "./directive-words.ts";
import { errorBody } from "./errors.ts";
import type { Step } from "./script.ts";
import { numberedChunks, wordGroups } from "./text.ts";
import { WIRES, type Wire } from "./wire.ts";

/** What a directive asks for, as far as it shapes the reply's text, and the events that carry it. */
export type Pace = { chunks?: number; size?: number; unicode?: boolean; delayMs?: number; wire?: readonly Wire[] };

/** What a directive breaks, how often (of the same conversation), and after how many chunks of text or of thoughts. */
export type Fault = Readonly<{
  times: number;
  after: number | undefined;
  afterThoughts: number | undefined;
  /** Strikes only a request that brings a signature. */
  signedOnly: boolean;
  steps: readonly Step[];
}>;

export type Directives = Readonly<{ pace: Readonly<Pace>; content: Readonly<Content>; faults: readonly Fault[] }>;

const DIRECTIVE = /\[\[(?:fake|stand-in):([^\]]*)\]\]/g;

/**
 * Reads the lines by which a prompt steers the fake from another process:
 *
 * - `[[fake: chunks=200 delay=50 size=20]]` numbered words, 200 chunks of 20 code units, one every 50 ms; with
 *   `unicode` in other scripts. `delay` alone slows the usual reply.
 * - `[[fake: wire=cr,comments]]` other ways to write the same events: see `WIRES` in wire.ts
 * - `[[fake: 429 retry-after=2]]`, or any other status from 400 to 599; with `after=2 shape=list` the error comes within
 *   the stream, as a `list`, with its code as `text`, with a `status` or with `words` only
 * - `[[fake: stall]]`, `cut` (the connection), `end` (no finish reason); after 3 chunks by default
 * - `[[fake: safety]]`, `max-tokens`, `finish=RECITATION`: that finish reason; with `after=5` some text before it
 * - `[[fake: block]]` or `block=OTHER`: the prompt is refused. `empty`: a reply without text. `invalid-key`
 * - `[[fake: part=image]]`, `code`, `result`, `call` or `file`: a part that is no text; with `after=0` nothing else
 * - `[[fake: nul]]`, `surrogates`: characters that cannot be stored. `counts=3e9`, or any other word for both counts
 * - `[[fake: outage=retired]]`, `overloaded`, `minute` or `day`: the model's own 404, 503, or the 429 of a quota
 * - `[[fake: refuse-signatures]]`: 400 for a request that brings any, as for one that Google does not know
 * - `think`, `search`, `url-context`, `code`, `image`, `usage`, `sample`: see content-directives.ts
 *
 * Every fault takes `after=<chunks>` and `times=<requests>`: it strikes that many times (always by default) for the
 * same conversation, then the next fault in the prompt strikes, and at last the reply succeeds. `after-thoughts=<pieces>`
 * breaks a think in the middle.
 *
 * @throws {DirectiveError} for a word that is not known
 */
export function readDirectives(prompt: string): Directives {
  const pace: Pace = {};
  const content: Content = {};
  const faults: Fault[] = [];
  for (const [, text = ""] of prompt.matchAll(DIRECTIVE)) {
    const words = text.trim().split(/\s+/);
    if (readContent(words, content)) continue;
    const fault = readDirective(words, pace);
    if (fault) faults.push(fault);
  }
  return { pace, content, faults };
}

/** The prompt as its reader would say it: without directives. */
export function withoutDirectives(prompt: string): string {
  return prompt.replace(DIRECTIVE, "").trim();
}

/** The chunks of a reply: numbered words where the prompt asks for them, else `usual` in groups of words. */
export function replyChunks(pace: Readonly<Pace>, usual: () => string): string[] {
  if (pace.chunks === undefined) return wordGroups(usual());
  try {
    return numberedChunks({ chunks: pace.chunks, size: pace.size, unicode: pace.unicode });
  } catch (error) {
    throw new DirectiveError(error instanceof Error ? error.message : String(error));
  }
}

type Limits = { times?: number; after?: number; afterThoughts?: number; retryAfter?: number; shape?: string };

/** Adds what shapes the text to `pace`, and returns what breaks it. */
function readDirective(words: readonly string[], pace: Pace): Fault | undefined {
  const limits: Limits = {};
  let kind: FaultKind | undefined;

  for (const word of words) {
    const [name = "", value] = word.split("=", 2);
    switch (name) {
      case "chunks":
        pace.chunks = readNumber(word, value);
        break;
      case "size":
        pace.size = readNumber(word, value);
        break;
      case "delay":
        pace.delayMs = readNumber(word, value);
        break;
      case "unicode":
        pace.unicode = true;
        break;
      case "wire":
        pace.wire = readWires(word, value);
        break;
      case "shape":
        limits.shape = value ?? "";
        break;
      case "times":
        limits.times = readNumber(word, value);
        break;
      case "after":
        limits.after = readNumber(word, value);
        break;
      case "after-thoughts":
        limits.afterThoughts = readNumber(word, value);
        break;
      case "retry-after":
        limits.retryAfter = readNumber(word, value);
        break;
      default:
        if (kind) throw new DirectiveError(`fake: two faults in one directive, the second is "${word}"`);
        kind = readFault(name, value);
    }
  }

  if (!kind && Object.keys(limits).length > 0) throw new DirectiveError(`fake: no fault in "${words.join(" ")}"`);
  if (!kind) return undefined;
  const { step } = kind;
  const withoutParts = "finish" in step && step.finish === "MAX_TOKENS" && limits.after === 0;
  return {
    times: limits.times ?? Number.POSITIVE_INFINITY,
    after: limits.after ?? kind.after,
    afterThoughts: limits.afterThoughts,
    signedOnly: kind.signedOnly ?? false,
    steps: [withoutParts ? { ...step, withoutParts } : withLimits(step, limits)],
  };
}

/** The step with its other options. */
function withLimits(step: Step, limits: Limits): Step {
  if ("status" in step) return toErrorStep(step, limits);
  const { retryAfter } = limits;
  if (!("outage" in step) || retryAfter === undefined || step.outage.kind !== "quota") return step;
  return { outage: { ...step.outage, retryAfter } };
}

function toErrorStep(step: ErrorStep, { retryAfter, shape }: Limits): ErrorStep {
  const told = retryAfter === undefined ? step : { ...step, retryAfter };
  return shape === undefined ? told : { ...told, body: shapedError(told, shape) };
}

type ErrorStep = Extract<Step, { status: number }>;

function shapedError(step: ErrorStep, shape: string): unknown {
  const body = errorBody(step.status, step);
  const { code, status, ...rest } = body.error;
  switch (shape) {
    case "list":
      return [body];
    case "text":
      return { error: { ...rest, status, code: String(code) } };
    case "status":
      return { error: { ...rest, status } };
    case "words":
      return { error: `${code} ${status}: ${rest.message}` };
    default:
      throw new DirectiveError(`fake: "${shape}" is no shape of an error`);
  }
}

/** What a fault does, and after how many chunks it strikes by default; undefined means after all of them. */
type FaultKind = Readonly<{ step: Step; after: number | undefined; signedOnly?: boolean }>;

const IN_MID_STREAM = 3;

function readFault(name: string, value: string | undefined): FaultKind {
  switch (name) {
    case "stall":
      return { step: { stall: true }, after: IN_MID_STREAM };
    case "cut":
      return { step: { cut: true }, after: IN_MID_STREAM };
    case "end":
      return { step: { end: true }, after: IN_MID_STREAM };
    case "safety":
      return { step: { finish: "SAFETY" }, after: 0 };
    case "max-tokens":
      return { step: { finish: "MAX_TOKENS" }, after: 5 };
    case "finish":
      return { step: { finish: value ?? "STOP" }, after: undefined };
    case "block":
      return { step: { blockPrompt: value ?? "SAFETY" }, after: 0 };
    case "empty":
      return { step: { empty: true }, after: 0 };
    case "part":
      return { step: { part: readPart(value) }, after: undefined };
    case "nul":
      return { step: { text: "before\0after" }, after: 0 };
    case "surrogates":
      return { step: { text: "\ude00 alone, \ud83d\ude00, \ud83d" }, after: 0 };
    case "counts":
      return { step: { finish: "STOP", usage: oddCounts(value ?? "") }, after: undefined };
    case "outage":
      return { step: readOutageStep(value), after: 0 };
    case "refuse-signatures":
      return { step: { status: 400, message: "Corrupted thought signature." }, after: 0, signedOnly: true };
    case "invalid-key":
      return { step: { invalidKey: true }, after: 0 };
    default:
      if (!/^[45]\d\d$/.test(name)) throw new DirectiveError(`fake: "${name}" is not a known word`);
      return { step: { status: Number(name) }, after: 0 };
  }
}

function readOutageStep(word = ""): Step {
  const outage = readOutage(word);
  if (!outage) throw new DirectiveError(`fake: "${word}" is no outage`);
  return { outage };
}

function readPart(value: string | undefined): unknown {
  const part = PARTS.get(value ?? "");
  if (!part) throw new DirectiveError(`fake: "part" is one of ${[...PARTS.keys()].join(", ")}`);
  return part;
}

const PARTS: ReadonlyMap<string, object> = new Map([
  ["image", { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }],
  ["code", { executableCode: { language: "PYTHON", code: "print(1 + 1)" } }],
  ["result", { codeExecutionResult: { outcome: "OUTCOME_OK", output: "2\n" } }],
  ["call", { functionCall: { name: "weather", args: { location: "Bern" } } }],
  ["file", { fileData: { mimeType: "video/mp4", fileUri: "https://example.com/video" } }],
]);

/** The word as a number where it is one, else as it is. */
function oddCounts(word: string) {
  const count = Number.isNaN(Number(word)) ? word : Number(word);
  return { promptTokenCount: count, candidatesTokenCount: count };
}

function readWires(word: string, value: string | undefined): Wire[] {
  return (value ?? "").split(",").map((name) => {
    const wire = WIRES.find((known) => known === name);
    if (!wire) throw new DirectiveError(`fake: "${word}" is made of ${WIRES.join(", ")}`);
    return wire;
  });
}
