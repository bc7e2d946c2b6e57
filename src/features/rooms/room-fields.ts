import { ModelId } from "../../model-catalogue/catalogue.ts";
import { lineOf, textOf } from "../../platform/text/text.ts";
import { SettingsInput } from "../models/room-settings.ts";

/** What a person may say of a room when they open or change it. Null is the default of each. */
export const RoomFields = {
  title: lineOf(200).nullish(),
  systemPrompt: textOf(8_000).trim().nullish(),
  modelId: ModelId.nullish(),
  settings: SettingsInput.nullish(),
};
