import { z } from "zod";

const Part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  functionCall: z.looseObject({ name: z.string().optional() }).optional(),
});

const Content = z.looseObject({
  role: z.string().optional(),
  parts: z.array(Part).optional(),
});

const ThinkingConfig = z.looseObject({
  includeThoughts: z.boolean().optional(),
  thinkingLevel: z.string().optional(),
  thinkingBudget: z.number().optional(),
});

/** The body of `generateContent`, `streamGenerateContent` and `countTokens`, as far as the fake looks at it. */
export const RequestBody = z.looseObject({
  contents: z.array(Content).optional(),
  systemInstruction: Content.optional(),
  generationConfig: z
    .looseObject({ maxOutputTokens: z.number().optional(), thinkingConfig: ThinkingConfig.optional() })
    .optional(),
  tools: z.array(z.looseObject({})).optional(),
});
export type RequestBody = z.infer<typeof RequestBody>;

/** What Colloquy asks for: a reply, or, by the first words of its system instruction, a title or a summary. */
export type Purpose = "REPLY" | "TITLE" | "SUMMARY";

function purposeOf({ systemInstruction }: RequestBody): Purpose {
  const instruction = textOf(systemInstruction);
  if (instruction.startsWith("Write a title for")) return "TITLE";
  return instruction.startsWith("Write a summary of") ? "SUMMARY" : "REPLY";
}

/** What a test or a bench sees of one request. Times are milliseconds since 1970, finer than Date.now(). */
export type RequestRecord = {
  readonly method: "generateContent" | "streamGenerateContent";
  readonly model: string;
  readonly body: RequestBody;
  /** The text of the last user turn; of one that asks to go on with a reply, of the turn that the reply answers. */
  readonly prompt: string;
  /** The beginning of a reply that the model is to go on with; null for a reply of its own. */
  readonly continues: string | null;
  readonly purpose: Purpose;
  readonly startedAt: number;
  /** The answer's HTTP status; 0 until it is sent. */
  status: number;
  /** Events with text that went out; `chunkTimes` has when each of them did. */
  chunksSent: number;
  readonly chunkTimes: number[];
  /** The answer was sent to its end. */
  finished: boolean;
  /** The client closed the connection before that. */
  aborted: boolean;
  endedAt: number | undefined;
};

/** A record for a request that has just come. */
export function createRecord(method: RequestRecord["method"], model: string, body: RequestBody): RequestRecord {
  return {
    method,
    model,
    body,
    ...askedFor(body.contents ?? []),
    purpose: purposeOf(body),
    startedAt: preciseNow(),
    status: 0,
    chunksSent: 0,
    chunkTimes: [],
    finished: false,
    aborted: false,
    endedAt: undefined,
  };
}

/** How Colloquy begins the turn by which it asks a model to go on. */
const GO_ON = "Your answer above broke off.";

function askedFor(contents: readonly z.infer<typeof Content>[]): Pick<RequestRecord, "prompt" | "continues"> {
  const asked = textOf(contents.at(-1)).startsWith(GO_ON) ? contents.slice(0, -1) : contents;
  const prompt = textOf(asked.findLast((content) => content.role !== "model"));
  return { prompt, continues: asked.at(-1)?.role === "model" ? textOf(asked.at(-1)) : null };
}

/** All text of one turn, without thoughts. */
export function textOf(content: z.infer<typeof Content> | undefined): string {
  return (content?.parts ?? []).map((part) => (part.thought ? "" : (part.text ?? ""))).join("");
}

/** Milliseconds since 1970 with fractions; comparable between processes of one machine. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
