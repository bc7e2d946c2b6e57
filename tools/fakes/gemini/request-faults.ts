import { errorBody, unknownFieldsBody, type UnknownField } from "./errors.ts";
import { thinkingOf, THINKING_LEVELS } from "./models.ts";
import type { RequestBody } from "./record.ts";

/** The fields that the API knows (https://ai.google.dev/api/generate-content), as far as the fake looks for others. */
const FIELDS = {
  request: words(`contents tools toolConfig safetySettings systemInstruction generationConfig cachedContent serviceTier
    store model`),
  generationConfig: words(`stopSequences responseMimeType responseSchema responseJsonSchema responseFormat
    responseModalities candidateCount maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty
    responseLogprobs logprobs enableEnhancedCivicAnswers speechConfig thinkingConfig imageConfig mediaResolution`),
  thinkingConfig: words("includeThoughts thinkingBudget thinkingLevel"),
  tool: words(`functionDeclarations googleSearch googleSearchRetrieval codeExecution urlContext computerUse fileSearch
    googleMaps mcpServers`),
  content: words("role parts"),
  part: words(`text inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall
    toolResponse thought thoughtSignature videoMetadata partMetadata mediaResolution`),
};

/** Fields of a part that say something of it, and are no data. */
const ABOUT_PART: ReadonlySet<string> = new Set(
  words("text thought thoughtSignature videoMetadata partMetadata mediaResolution"),
);

/** The body of the 400 that the real service answers, if it would; messages are Google's own. */
export function findRequestFault(model: string, body: RequestBody): object | undefined {
  const unknown = findUnknownFields(body);
  if (unknown.length > 0) return unknownFieldsBody(unknown);
  const message = findThinkingFault(model, body) ?? findContentFault(body);
  return message === undefined ? undefined : errorBody(400, { message });
}

function findUnknownFields(body: RequestBody): UnknownField[] {
  const { generationConfig: config, contents = [] } = body;
  return [
    ...unknownOf(body, FIELDS.request, ""),
    ...unknownOf(config, FIELDS.generationConfig, "generation_config"),
    ...unknownOf(config?.thinkingConfig, FIELDS.thinkingConfig, "generation_config.thinking_config"),
    ...(body.tools ?? []).flatMap((tool, at) => unknownOf(tool, FIELDS.tool, `tools[${at}]`)),
    ...contents.flatMap((content, at) => unknownOf(content, FIELDS.content, `contents[${at}]`)),
    ...contents.flatMap(({ parts = [] }, at) =>
      parts.flatMap((part, n) => unknownOf(part, FIELDS.part, `contents[${at}].parts[${n}]`)),
    ),
  ];
}

function unknownOf(value: object | undefined, known: readonly string[], path: string): UnknownField[] {
  return Object.keys(value ?? {})
    .filter((name) => !known.includes(toCamelCase(name)))
    .map((name) => ({ path, name }));
}

function findThinkingFault(model: string, { generationConfig }: RequestBody): string | undefined {
  const { thinkingLevel, thinkingBudget } = generationConfig?.thinkingConfig ?? {};
  if (thinkingLevel === undefined) return undefined;
  const level = THINKING_LEVELS.find((known) => known === thinkingLevel.toUpperCase());
  if (!level) {
    return (
      "Invalid value at 'generation_config.thinking_config.thinking_level' (type.googleapis.com/google.ai." +
      `generativelanguage.v1beta.ThinkingConfig.ThinkingLevel), "${thinkingLevel}"`
    );
  }
  if (thinkingBudget !== undefined) return "You can only set only one of thinking budget and thinking level.";
  const { levels } = thinkingOf(model);
  if (levels.length === 0) return "Thinking level is not supported for this model.";
  if (levels.includes(level)) return undefined;
  return `Thinking level ${level} is not supported for this model. Please retry with other thinking level.`;
}

/**
 * A turn without text is an error to Gemini, and an easy mistake with a reply that was stopped before its first word. An
 * empty text with a signature is none: so it comes at the end of a stream, and so Google wants it back.
 */
function findContentFault(body: RequestBody): string | undefined {
  if (!body.contents?.length) return "* GenerateContentRequest.contents: contents is not specified\n";
  for (const [turn, content] of body.contents.entries()) {
    const at = `* GenerateContentRequest.contents[${turn}].parts`;
    if (!content.parts?.length) return `${at}: contents.parts must not be empty.\n`;
    const empty = content.parts.findIndex((part) => !hasData(part));
    if (empty !== -1) return `${at}[${empty}].data: required oneof field 'data' must have one initialized field\n`;
  }
  return undefined;
}

function hasData(part: Readonly<Record<string, unknown>>): boolean {
  if (Object.keys(part).some((name) => !ABOUT_PART.has(name))) return true;
  return typeof part["text"] === "string" && (part["text"] !== "" || part["thoughtSignature"] !== undefined);
}

function words(text: string): string[] {
  return text.split(/\s+/);
}

/** JSON may have the names of protocol buffers, too. */
function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
