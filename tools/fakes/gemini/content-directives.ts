import { DirectiveError, readNumber, readOneOf } from "./directive-words.ts";
import type { Search } from "./grounding.ts";
import type { Counts } from "./usage.ts";

const URL_STATUSES = ["success", "error", "unsafe", "paywall"] as const;
const CODE_OUTCOMES = ["ok", "failed", "deadline"] as const;

/** What a prompt asks for beside text. */
export type Content = {
  think?: Readonly<{ pieces: number; forMs: number; size?: number; tokens?: number; unicode: boolean }>;
  search?: Search;
  urlContext?: (typeof URL_STATUSES)[number];
  code?: Readonly<{ outcome: (typeof CODE_OUTCOMES)[number]; runs: number }>;
  /** Bytes of the image. */
  image?: number;
  counts?: Counts;
  sample?: string;
};

/** Whether the prompt wants signatures back; it may hold what is no directive, where a script answers it. */
export function requiresSignatures(prompt: string): boolean {
  return /\[\[fake:\s*require-signatures\s*\]\]/.test(prompt);
}

/**
 * Reads a directive that asks for more than text; its first word says for what:
 *
 * - `[[fake: think=3 for=90]]` three pieces of thought in 90 seconds; `size=200` code units a piece of numbered words,
 *   also `unicode`; `tokens=500` that are counted
 * - `[[fake: search=3]]` three pages found by `queries=2`; `at=end` with the last chunk, `at=pieces` or `at=twice`
 * - `[[fake: url-context]]`, or `url-context=error`, `unsafe`, `paywall`: pages that the prompt names were read
 * - `[[fake: code]]`, or `code=failed`, `deadline`: Python and its result before the text; `runs=2` results
 * - `[[fake: image]]` or `image=100000`: a PNG of so many bytes in mid-text
 * - `[[fake: usage cached=4 tools=65 image=258 audio=32]]`: these tokens are counted as well
 * - `[[fake: sample=search]]`: a recorded answer as it is, from `samples/` or the folder that the fake was given
 * - `[[fake: require-signatures]]`: 400 unless each turn that the fake has signed comes with its signature and text
 *
 * @returns whether it is such a directive
 * @throws {DirectiveError} for a word that is not known
 */
export function readContent([first = "", ...others]: readonly string[], content: Content): boolean {
  const [kind = "", value] = first.split("=", 2);
  switch (kind) {
    case "think":
      content.think = readThink(value, others);
      return true;
    case "search": {
      const { queries, at = "end" } = readOptions(others, ["queries", "at"]);
      content.search = {
        sources: value === undefined ? 3 : readNumber(first, value),
        queries: queries === undefined ? 1 : readNumber("queries", queries),
        at: readOneOf("at", at, ["end", "pieces", "twice"]),
      };
      return true;
    }
    case "url-context":
      readOptions(others, []);
      content.urlContext = readOneOf(kind, value ?? "success", URL_STATUSES);
      return true;
    case "code": {
      const { runs = "1" } = readOptions(others, ["runs"]);
      content.code = { outcome: readOneOf(kind, value ?? "ok", CODE_OUTCOMES), runs: readNumber("runs", runs) };
      return true;
    }
    case "image":
      readOptions(others, []);
      content.image = value === undefined ? 8 : readNumber(first, value);
      return true;
    case "usage":
      content.counts = readCounts(others);
      return true;
    case "sample":
      readOptions(others, []);
      content.sample = value ?? "";
      return true;
    case "require-signatures":
      readOptions(others, []);
      return true;
    default:
      return false;
  }
}

function readThink(value: string | undefined, words: readonly string[]): NonNullable<Content["think"]> {
  const options = readOptions(
    words.filter((word) => word !== "unicode"),
    ["for", "size", "tokens"],
  );
  return {
    pieces: value === undefined ? 3 : readNumber("think", value),
    forMs: options.for === undefined ? 0 : readNumber("for", options.for) * 1_000,
    ...(options.size !== undefined && { size: readNumber("size", options.size) }),
    ...(options.tokens !== undefined && { tokens: readNumber("tokens", options.tokens) }),
    unicode: words.includes("unicode"),
  };
}

function readCounts(words: readonly string[]): Counts {
  const { cached, tools, image, audio } = readOptions(words, ["cached", "tools", "image", "audio"]);
  return {
    ...(cached !== undefined && { cached: readNumber("cached", cached) }),
    ...(tools !== undefined && { tools: readNumber("tools", tools) }),
    ...(image !== undefined && { promptImage: readNumber("image", image) }),
    ...(audio !== undefined && { promptAudio: readNumber("audio", audio) }),
  };
}

function readOptions<Name extends string>(words: readonly string[], known: readonly Name[]) {
  const options: Partial<Record<Name, string>> = {};
  for (const word of words) {
    const [name, value = ""] = word.split("=", 2);
    const found = known.find((one) => one === name);
    if (found === undefined) throw new DirectiveError(`fake: "${word}" is not a known word here`);
    options[found] = value;
  }
  return options;
}
