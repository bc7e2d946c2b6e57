import type { AppContext } from "../../app-context.ts";
import type { Plan } from "../../generated/prisma/client.ts";
import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";
import type { GenerateRequest } from "../../platform/gemini/model.ts";
import { isRetired, resolveModel } from "./resolve-model.ts";
import { fitSettings, type RoomSettings } from "./room-settings.ts";

type Asked = Pick<GenerateRequest, "model" | "settings" | "firstTokenMs">;

/**
 * How a model is asked, and those that may answer in its place: its replacement and its fallbacks, as far as the user's
 * plan covers them.
 *
 * @param id the model as it was stored
 */
export function modelRequest(
  ctx: Pick<AppContext, "config" | "clock">,
  { id, plan, settings }: Readonly<{ id: string; plan: Plan; settings: RoomSettings }>,
): Asked & Required<Pick<GenerateRequest, "fallbacks">> {
  const { models } = ctx.config.models;
  const model = resolveModel(ctx, id);
  const names = new Set([...(model.replacedBy === undefined ? [] : [model.replacedBy]), ...model.fallbacks]);
  const fallbacks = [...names]
    .flatMap((name) => models.get(name) ?? [])
    .filter((each) => each.id !== model.id && each.plans.includes(plan) && !isRetired(ctx, each));
  return { ...askedOf(model, settings), fallbacks: fallbacks.map((each) => askedOf(each, settings)) };
}

/** With the settings as far as the model has them, and with its own patience. */
function askedOf(model: CatalogueModel, settings: RoomSettings): Asked {
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
