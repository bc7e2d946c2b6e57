/** Gemini's own counts, also such as are none; what is not given is estimated. */
export type Usage = Readonly<{
  promptTokenCount?: Count;
  candidatesTokenCount?: Count;
  thoughtsTokenCount?: Count;
  totalTokenCount?: Count;
}>;
type Count = number | string | null;

/** Tokens beside those of the prompt's and the reply's text. */
export type Counts = Readonly<{
  thoughts?: number;
  /** Of the prompt, read from Google's cache. */
  cached?: number;
  /** What tools have read for the prompt. */
  tools?: number;
  /** Of the prompt, by modality. */
  promptImage?: number;
  promptAudio?: number;
  /** Of the reply: an image costs 1,290. */
  replyImage?: number;
}>;

/** The `usageMetadata` of an event: without counts only what it always has. Zero is left out, as JSON of Google's does. */
export function usageMetadata(tokens: { prompt: number; reply: number }, counts: Counts, given: Usage = {}) {
  const { thoughts = 0, cached = 0, tools = 0, promptImage = 0, promptAudio = 0, replyImage = 0 } = counts;
  const prompt = tokens.prompt + promptImage + promptAudio;
  const reply = tokens.reply + replyImage;
  const usage = {
    promptTokenCount: prompt,
    ...(reply === 0 && thoughts > 0 ? {} : { candidatesTokenCount: reply }),
    totalTokenCount: prompt + reply + thoughts + tools,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    ...given,
  };
  return {
    ...usage,
    promptTokensDetails: [
      { modality: "TEXT", tokenCount: given.promptTokenCount ?? tokens.prompt },
      ...modality("IMAGE", promptImage),
      ...modality("AUDIO", promptAudio),
    ],
    ...(cached > 0 && { cacheTokensDetails: modality("TEXT", cached) }),
    ...(replyImage > 0 && {
      candidatesTokensDetails: [...modality("TEXT", tokens.reply), ...modality("IMAGE", replyImage)],
    }),
    ...(thoughts > 0 && given.thoughtsTokenCount === undefined && { thoughtsTokenCount: thoughts }),
    ...(tools > 0 && { toolUsePromptTokenCount: tools, toolUsePromptTokensDetails: modality("TEXT", tools) }),
  };
}

/** About four characters a token, as Google's guide says; only stable, not exact. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

function modality(name: "TEXT" | "IMAGE" | "AUDIO", tokenCount: number) {
  return tokenCount > 0 ? [{ modality: name, tokenCount }] : [];
}
