import { GoogleGenAI, type Content, type GenerateContentConfig, type GenerateContentResponse } from "@google/genai";

/** One request, as tests of the fake make it over the real SDK. */
export type Ask = Readonly<{ model?: string; config?: GenerateContentConfig; earlier?: readonly Content[] }>;

/** Asks the fake at this address, streamed; without retries. */
export function createAsk(baseUrl: string) {
  const ai = new GoogleGenAI({ apiKey: "any-key", vertexai: false, httpOptions: { baseUrl } });

  async function ask(prompt: string, { model = "gemini-3.8-flash", config = {}, earlier = [] }: Ask = {}) {
    const contents = [...earlier, { role: "user", parts: [{ text: prompt }] }];
    const chunks: GenerateContentResponse[] = [];
    for await (const chunk of await ai.models.generateContentStream({ model, contents, config })) chunks.push(chunk);
    const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    return {
      chunks,
      parts,
      text: parts.map(({ text = "", thought }) => (thought ? "" : text)).join(""),
      thoughts: parts.map(({ text = "", thought }) => (thought ? text : "")).join(""),
      last: chunks.at(-1),
      candidate: chunks.at(-1)?.candidates?.[0],
      usage: chunks.at(-1)?.usageMetadata,
      signature: parts.find(({ thoughtSignature }) => thoughtSignature !== undefined)?.thoughtSignature,
    };
  }
  return { ai, ask };
}
