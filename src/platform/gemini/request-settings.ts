import type { GenerateContentConfig, ThinkingLevel, Tool } from "@google/genai";
import type { ModelSettings } from "./model.ts";

/**
 * What the model is asked for beside the conversation, as Google's API has it. What is not said is not sent: a model that
 * takes no thinking level refuses one, and no model takes a level beside a budget.
 */
export function readRequestSettings(settings: ModelSettings = {}): GenerateContentConfig {
  const { thinkingLevel, showThoughts = false, maxReplyTokens } = settings;
  const tools = toolsOf(settings);
  return {
    ...((thinkingLevel !== undefined || showThoughts) && {
      thinkingConfig: {
        ...(thinkingLevel !== undefined && { thinkingLevel: thinkingLevel as ThinkingLevel }),
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
