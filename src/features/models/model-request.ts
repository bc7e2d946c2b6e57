import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";
import type { GenerateRequest } from "../../platform/gemini/model.ts";
import { fitSettings, type RoomSettings } from "./room-settings.ts";

/** How a model is asked: with the settings as far as it has them, and with its own patience. */
export function modelRequest(
  model: CatalogueModel,
  settings: RoomSettings,
): Pick<GenerateRequest, "model" | "settings" | "firstTokenMs"> {
  const { thinking, showThoughts, search, codeExecution, maxReplyTokens } = fitSettings(model, settings);
  return {
    model: model.id,
    settings: {
      ...(thinking && { thinkingLevel: thinking }),
      showThoughts,
      search,
      readUrls: search && model.tools.includes("URL_CONTEXT"),
      codeExecution,
      ...(maxReplyTokens !== null && { maxReplyTokens }),
    },
    ...(model.firstTokenSeconds !== undefined && { firstTokenMs: model.firstTokenSeconds * 1_000 }),
  };
}
