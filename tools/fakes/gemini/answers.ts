import { createHash } from "node:crypto";
import type { Content } from "./content-directives.ts";
import { replySteps } from "./content-steps.ts";
import { readDirectives, replyChunks, withoutDirectives, type Fault } from "./directives.ts";
import { textOf, type Purpose, type RequestBody, type RequestRecord } from "./record.ts";
import { defaultReply, type Question } from "./replies.ts";
import { breakReply } from "./reply-faults.ts";
import { readSample } from "./samples.ts";
import { fakeSummary, fakeTitle } from "./titles.ts";
import { matchesPrompt, type PromptMatcher, type Script } from "./script.ts";
import { showsThoughts, thoughtPieces } from "./thinking.ts";

/** Knows what to answer: first what a test has scripted, then what the prompt itself asks for, then the usual reply. */
export type Answers = Readonly<{
  /** Keeps a script for the next `times` (1) requests whose prompt matches, in the order they were added. */
  add(matcher: PromptMatcher, script: Script, options?: { times?: number; purpose?: Purpose }): void;
  /** @throws {DirectiveError} when the prompt carries a directive that cannot be read */
  choose(record: RequestRecord): Script;
  /** Forgets scripts and how often faults have struck. */
  reset(): void;
}>;

/** The whole text of a reply that no fault breaks, as the fake sends it; for tests to compare with. */
export function fakeReply(question: Question): string {
  return chunksFor(question).join("");
}

export type AnswersOptions = Readonly<{
  /** Between the chunks of a reply whose prompt does not set its own delay. */
  chunkDelayMs: number;
  /** Folders with recorded answers, beside the fake's own. */
  samples: readonly string[];
}>;

/** A piece of thought comes slower than one of text. */
const CHUNKS_A_THOUGHT = 4;

/** Answers nothing yet but by what prompts ask for. */
export function createAnswers({ chunkDelayMs, samples }: AnswersOptions): Answers {
  const scripted: { matcher: PromptMatcher; script: Script; left: number; purpose: Purpose }[] = [];
  const struck = new Map<string, number>();

  /** The first fault that has not struck often enough yet. */
  function nextFault(faults: readonly Fault[], record: RequestRecord): Fault | undefined {
    if (faults.length === 0) return undefined;
    // A retry sends the same turns again; the same words in another room come with other turns, and count separately.
    const conversation = createHash("sha256").update(JSON.stringify(record.body.contents)).digest("base64");
    const signed = record.body.contents?.some(({ parts }) => parts?.some(({ thoughtSignature }) => thoughtSignature));
    return faults.find((fault, index) => {
      if (fault.signedOnly && !signed) return false;
      const key = `${index} ${conversation}`;
      const times = struck.get(key) ?? 0;
      if (times >= fault.times) return false;
      struck.set(key, times + 1);
      return true;
    });
  }

  return {
    add(matcher, script, { times = 1, purpose = "REPLY" } = {}) {
      scripted.push({ matcher, script, left: times, purpose });
    },
    choose(record) {
      const match = scripted.find(
        ({ matcher, purpose }) => purpose === record.purpose && matchesPrompt(matcher, record.prompt),
      );
      if (match) {
        match.left -= 1;
        if (match.left <= 0) scripted.splice(scripted.indexOf(match), 1);
        return match.script;
      }
      // What messages ask of their replies is not asked of a title or a summary.
      if (record.purpose === "TITLE") return [{ text: fakeTitle(record.prompt) }];
      if (record.purpose === "SUMMARY") return [{ text: fakeSummary(record.prompt) }];
      const { pace, content, faults } = readDirectives(record.prompt);
      const fault = nextFault(faults, record);
      if (content.sample !== undefined && !fault) return readSample(content.sample, samples);
      const delayMs = pace.delayMs ?? chunkDelayMs;
      const prompt = withoutDirectives(record.prompt);
      const chunks = restOf(chunksFor(questionOf(record)), record.continues, requestedWords(record));
      const shown = showsThoughts(record.body);
      const pieces = thoughtPieces(record.model, record.body);
      const wanted: Content = {
        think: { pieces, forMs: shown ? pieces * delayMs * CHUNKS_A_THOUGHT : 0, unicode: false },
        ...toolsWanted(prompt, record.body),
        ...content,
      };
      const reply = replySteps({ content: wanted, chunks, delayMs, prompt, showsThoughts: shown });
      const script = breakReply(reply, fault);
      return pace.wire ? [{ wire: pace.wire }, ...script] : script;
    },
    reset() {
      scripted.length = 0;
      struck.clear();
    },
  };
}

/** A model uses a tool when it is offered one and the question calls for it. */
function toolsWanted(prompt: string, { tools = [] }: RequestBody): Content {
  const offers = (name: string): boolean => tools.some((tool) => tool[name] !== undefined);
  return {
    ...(offers("googleSearch") && /\b(search|look up|news|latest|today|sources?)\b/i.test(prompt) && SEARCH),
    ...(offers("codeExecution") && /\b(calculate|compute|run code)\b/i.test(prompt) && CODE),
    ...(offers("urlContext") && /https?:\/\//.test(prompt) && URL_CONTEXT),
  };
}

const SEARCH: Content = { search: { sources: 3, queries: 1, at: "end" } };
const CODE: Content = { code: { outcome: "ok", runs: 1 } };
const URL_CONTEXT: Content = { urlContext: "success" };

/**
 * What follows of a reply that broke off, as models go on: with the words that they were asked to repeat, or else with a blank
 * more than there should be. Another reply than the fake's own gets the whole of it.
 */
function restOf(chunks: readonly string[], continues: string | null, repeated: string): readonly string[] {
  const whole = chunks.join("");
  if (continues === null || !whole.startsWith(continues)) return chunks;
  let skipped = 0;
  const rest = chunks.flatMap((chunk) => {
    const cut = Math.min(chunk.length, Math.max(0, continues.length - skipped));
    skipped += chunk.length;
    return cut === chunk.length ? [] : [chunk.slice(cut)];
  });
  const blank = repeated === "" && /\s$/.test(continues) ? " " : "";
  return [repeated + blank + (rest[0] ?? ""), ...rest.slice(1)];
}

/** The words stand at the end of the turn that asks for them. */
function requestedWords({ continues, body }: RequestRecord): string {
  const asked = body.contents?.at(-1);
  return continues === null || asked?.role === "model" ? "" : textOf(asked).split("\n\n").slice(1).join("\n\n");
}

function questionOf({ prompt, body, continues }: RequestRecord): Question {
  const last = body.contents?.findLastIndex((content) => textOf(content) === prompt && content.role !== "model") ?? 0;
  const earlierTurns = continues === null ? (body.contents?.length ?? 1) - 1 : last;
  return { prompt, earlierTurns, systemPrompt: textOf(body.systemInstruction) };
}

function chunksFor(question: Question): string[] {
  const { pace } = readDirectives(question.prompt);
  return replyChunks(pace, () => defaultReply({ ...question, prompt: withoutDirectives(question.prompt) }));
}
