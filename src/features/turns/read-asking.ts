import type { AppContext } from "../../app-context.ts";
import { chooseModel, keepModel } from "../models/choose-model.ts";
import {
  assertSupported,
  changeSettings,
  fitSettings,
  readSettings,
  type SettingsInput,
} from "../models/room-settings.ts";
import type { Asking } from "./append-turn.ts";
import type { SeenRoom } from "./read-for-send.ts";

type Wanted = Readonly<{ modelId?: string | null | undefined; settings?: SettingsInput | null | undefined }>;

/**
 * The model and settings of this message; what it leaves out comes from the room. The message's own settings must fit
 * the model. If the message names a model, the room's settings must fit it too.
 *
 * @throws {DomainError} `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`
 */
export function readAsking(
  ctx: Pick<AppContext, "config" | "clock">,
  room: SeenRoom,
  { modelId, settings }: Wanted,
): Asking {
  const { plan } = room;
  const model = modelId ? chooseModel(ctx, { id: modelId, plan }) : keepModel(ctx, { id: room.model, plan });
  const wanted = changeSettings(readSettings(room.settings), settings ?? {});
  assertSupported(model, wanted, modelId ? undefined : Object.keys(settings ?? {}));
  return { modelId: model.id, settings: fitSettings(model, wanted) };
}
