import { createHash } from "node:crypto";
import { brokenScript, readDirectives, replyChunks, withoutDirectives, type Fault } from "./directives.ts";
import { textOf, type RequestRecord } from "./record.ts";
import { defaultReply, type Question } from "./replies.ts";
import { matchesPrompt, type PromptMatcher, type Script } from "./script.ts";

/** Knows what to answer: first what a test has scripted, then what the prompt itself asks for, then the usual reply. */
export type Answers = Readonly<{
  /** Keeps a script for the next `times` requests whose prompt matches, in the order they were added. */
  add(matcher: PromptMatcher, script: Script, times: number): void;
  /** @throws {DirectiveError} when the prompt carries a directive that cannot be read */
  choose(record: RequestRecord): Script;
  /** Forgets scripts and how often faults have struck. */
  reset(): void;
}>;

/** The whole text of a reply that no fault breaks, as the fake sends it; for tests to compare with. */
export function fakeReply(question: Question): string {
  return chunksFor(question).join("");
}

/** Answers with `chunkDelayMs` between the chunks of a reply whose prompt does not set its own delay. */
export function createAnswers(chunkDelayMs: number): Answers {
  const scripted: { matcher: PromptMatcher; script: Script; left: number }[] = [];
  const struck = new Map<string, number>();

  /** The first fault that has not struck often enough yet. */
  function nextFault(faults: readonly Fault[], record: RequestRecord): Fault | undefined {
    if (faults.length === 0) return undefined;
    // A retry sends the same turns again; the same words in another room come with other turns, and count anew.
    const conversation = createHash("sha256").update(JSON.stringify(record.body.contents)).digest("base64");
    return faults.find((fault, index) => {
      const key = `${index} ${conversation}`;
      const times = struck.get(key) ?? 0;
      if (times >= fault.times) return false;
      struck.set(key, times + 1);
      return true;
    });
  }

  return {
    add(matcher, script, times) {
      scripted.push({ matcher, script, left: times });
    },
    choose(record) {
      const match = scripted.find(({ matcher }) => matchesPrompt(matcher, record.prompt));
      if (match) {
        match.left -= 1;
        if (match.left <= 0) scripted.splice(scripted.indexOf(match), 1);
        return match.script;
      }
      const { pace, faults } = readDirectives(record.prompt);
      const chunks = chunksFor(questionOf(record));
      const script = brokenScript(chunks, pace.delayMs ?? chunkDelayMs, nextFault(faults, record));
      return pace.wire ? [{ wire: pace.wire }, ...script] : script;
    },
    reset() {
      scripted.length = 0;
      struck.clear();
    },
  };
}

function questionOf({ prompt, body }: RequestRecord): Question {
  const earlierTurns = (body.contents?.length ?? 1) - 1;
  return { prompt, earlierTurns, systemPrompt: textOf(body.systemInstruction) };
}

function chunksFor(question: Question): string[] {
  const { pace } = readDirectives(question.prompt);
  return replyChunks(pace, () => defaultReply({ ...question, prompt: withoutDirectives(question.prompt) }));
}
