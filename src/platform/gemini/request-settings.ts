import type { GenerateContentConfig, Tool } from "@google/genai";
import type { ModelSettings } from "./model.ts";

/**
 * What the model is asked for beside the conversation, as Google's API has it. What is not said is not sent: a model that
 * takes no thinking level refuses one, and no model takes a level beside a budget.
 */
export async function readRequestSettings(settings: ModelSettings = {}): Promise<GenerateContentConfig> {
  const { thinkingLevel, showThoughts = false, maxReplyTokens } = settings;
  const { ThinkingLevel } = await import("@google/genai");
  const tools = toolsOf(settings);
  return {
    ...((thinkingLevel !== undefined || showThoughts) && {
      thinkingConfig: {
        ...(thinkingLevel !== undefined && { thinkingLevel: ThinkingLevel[thinkingLevel] }),
        ...(showThoughts && { includeThoughts: true }),
      },
    }),
    ...(tools.length > 0 && { tools }),
    ...(maxReplyTokens !== undefined && { maxOutputTokens: maxReplyTokens }),
  };
}

const toolsOf = ({ search = false, readUrls = false, codeExecution = false }: ModelSettings): Tool[] => [
  ...(search ? [{ googleSearch: {} }] : []),
  ...(readUrls ? [{ urlContext: {} }] : []),
  ...(codeExecution ? [{ codeExecution: {} }] : []),
];
