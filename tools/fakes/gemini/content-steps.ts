import type { Content } from "./content-directives.ts";
import { groundingMetadata } from "./grounding.ts";
import type { Candidate, Step } from "./script.ts";
import { numberedChunks } from "./text.ts";
import { thoughtTexts } from "./thinking.ts";
import type { Counts } from "./usage.ts";

/** A reply in the order in which it goes out; a fault may break it anywhere. */
export type Reply = Readonly<{ before: readonly Step[]; text: readonly Step[]; end: Step | undefined }>;

export type ReplyPlan = Readonly<{
  content: Content;
  /** The reply's text. */
  chunks: readonly string[];
  delayMs: number;
  /** Without directives. */
  prompt: string;
  /** Thoughts are sent, and so are a part of the answer. */
  showsThoughts: boolean;
}>;

/** Tokens that tools have read, about what real ones do. */
const TOOL_TOKENS = { search: 308, urlContext: 1_024, code: 289 };
/** What an image costs. */
const IMAGE_TOKENS = 1_290;
const PNG = Buffer.from("iVBORw0KGgo=", "base64");

/** The steps of a reply that is more than text. */
export function replySteps(plan: ReplyPlan): Reply {
  const { content } = plan;
  const thinking = thinkingSteps(plan);
  const code = codeSteps(plan);
  const shown = plan.showsThoughts ? thinking.length : 0;
  const partIndex = shown + code.length;
  return {
    before: [...thinking, ...countSteps(content), ...code],
    text: content.search ? groundedSteps(plan, partIndex) : textSteps(plan),
    end: endStep(plan, partIndex),
  };
}

function thinkingSteps({ content: { think }, prompt }: ReplyPlan): Step[] {
  if (!think || (think.pieces === 0 && think.forMs === 0)) return [];
  const { pieces, size, unicode, forMs, tokens } = think;
  const texts = size === undefined ? thoughtTexts(prompt, pieces) : numberedChunks({ chunks: pieces, size, unicode });
  return [{ think: texts, forMs, ...(tokens !== undefined && { tokens }) }];
}

function countSteps({ search, urlContext, code, image, counts }: Content): Step[] {
  const tools =
    (search ? TOOL_TOKENS.search : 0) + (urlContext ? TOOL_TOKENS.urlContext : 0) + (code ? TOOL_TOKENS.code : 0);
  const all: Counts = {
    ...(tools > 0 && { tools }),
    ...(image !== undefined && { replyImage: IMAGE_TOKENS }),
    ...counts,
  };
  return Object.keys(all).length > 0 ? [{ counts: all }] : [];
}

function codeSteps({ content: { code } }: ReplyPlan): Step[] {
  if (!code) return [];
  const executableCode = { language: "PYTHON", code: "print(sum(range(1, 11)))\n" };
  const result = CODE_RESULTS[code.outcome];
  const results = Array.from({ length: code.runs }, (_, run) => (run < code.runs - 1 ? CODE_RESULTS.ok : result));
  return [{ part: { executableCode } }, ...results.map((codeExecutionResult) => ({ part: { codeExecutionResult } }))];
}

const CODE_RESULTS = {
  ok: { outcome: "OUTCOME_OK", output: "55\n" },
  failed: { outcome: "OUTCOME_FAILED", output: "ZeroDivisionError: division by zero\n" },
  deadline: { outcome: "OUTCOME_DEADLINE_EXCEEDED" },
};

function textSteps({ content: { image }, chunks, delayMs }: ReplyPlan): Step[] {
  if (image === undefined) return [{ chunks, delayMs }];
  const half = Math.ceil(chunks.length / 2);
  const data = Buffer.concat([PNG, Buffer.alloc(Math.max(0, image - PNG.length))]).toString("base64");
  return [
    { chunks: chunks.slice(0, half), delayMs },
    { part: { inlineData: { mimeType: "image/png", data } } },
    { chunks: chunks.slice(half), delayMs },
  ];
}

/** The text with the reports of the search in between. */
function groundedSteps(plan: ReplyPlan, partIndex: number): Step[] {
  const { content, chunks, delayMs, prompt } = plan;
  const search = content.search;
  if (!search || search.at === "end" || content.image !== undefined) return textSteps(plan);
  const cuts = search.at === "pieces" ? [1, 2].map((third) => Math.ceil((chunks.length * third) / 3)) : [chunks.length];
  let from = 0;
  let sent = 0;
  const steps = cuts.flatMap((cut): Step[] => {
    const text = chunks.slice(0, cut).join("");
    const metadata = groundingMetadata(search, { prompt, text, partIndex, from });
    const part = chunks.slice(sent, cut);
    from = text.length;
    sent = cut;
    return [
      { chunks: part, delayMs },
      { text: "", candidate: { groundingMetadata: metadata } },
    ];
  });
  return [...steps, { chunks: chunks.slice(sent), delayMs }];
}

function endStep({ content, chunks, prompt }: ReplyPlan, partIndex: number): Step | undefined {
  const { search, urlContext, image } = content;
  const text = chunks.join("");
  const from = search?.at === "pieces" ? chunks.slice(0, Math.ceil((chunks.length * 2) / 3)).join("").length : 0;
  // An image parts the text: only what stands before it is one part.
  const told = image === undefined ? text : chunks.slice(0, Math.ceil(chunks.length / 2)).join("");
  const candidate: Candidate = {
    ...(search && { groundingMetadata: groundingMetadata(search, { prompt, text: told, partIndex, from }) }),
    ...(urlContext && { urlContextMetadata: urlContextMetadata(prompt, urlContext) }),
  };
  return Object.keys(candidate).length > 0 ? { finish: "STOP", candidate } : undefined;
}

function urlContextMetadata(prompt: string, status: string) {
  const urls = prompt.match(/https?:\/\/[^\s"'<>)\]]+/g) ?? ["https://example.com/page"];
  const urlRetrievalStatus = `URL_RETRIEVAL_STATUS_${status.toUpperCase()}`;
  return { urlMetadata: urls.map((retrievedUrl) => ({ retrievedUrl, urlRetrievalStatus })) };
}
