import type { AppContext } from "../../app-context.ts";
import type { CallPurpose } from "../../generated/prisma/client.ts";
import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";
import { ModelError, type CallReport, type ChatModel, type ModelChunk } from "../../platform/gemini/model.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { estimateTokens } from "../../platform/text/estimate-tokens.ts";
import { modelRequest } from "../models/model-request.ts";
import { readSettings } from "../models/room-settings.ts";
import { ledgerSql } from "./ledger.ts";
import { toProviderCall, type ProviderCall } from "./provider-call.ts";

/** A small question to a model that is no reply: the operator pays it. */
export type OperatorCall = Readonly<{
  purpose: Exclude<CallPurpose, "REPLY">;
  /** Whose conversation it is about, for the ledger alone. */
  userId: string;
  messageId: string;
  model: CatalogueModel;
  systemPrompt: string;
  prompt: string;
  /** Thoughts included. */
  maxReplyTokens: number;
  /** In milliseconds. */
  timeLimit: number;
  /** Aborting it ends the request. */
  signal: AbortSignal;
}>;

/** No token has more UTF-16 code units: a longer answer than was asked for is not read to its end. */
const MAX_UNITS_A_TOKEN = 32;

/**
 * Asks a model once, with as little thinking as it can do. No fallback answers. The call is a row of the ledger, and
 * neither counts nor costs anything on the user's day.
 *
 * @returns the answer, which the model has ended by itself: one that was cut for its length is none
 * @throws {ModelError} `MODEL_EMPTY` also for an answer that was blocked or cut; `MODEL_TIMEOUT`
 * @throws the signal's reason when it is aborted
 */
export async function callAsOperator(ctx: AppContext & { model: ChatModel }, call: OperatorCall): Promise<string> {
  const { model, systemPrompt, prompt, maxReplyTokens, signal } = call;
  const settings = { ...readSettings(null), thinking: "MINIMAL", maxReplyTokens } as const;
  const { fallbacks: _none, ...asked } = modelRequest(ctx, { id: model.id, plan: "BASIC", settings });
  const limit = AbortSignal.timeout(call.timeLimit);
  const calls: ProviderCall[] = [];
  const onCall = (report: CallReport) => void calls.push(readCall(ctx, report, call));
  try {
    const chunks = ctx.model.stream({
      ...asked,
      systemPrompt,
      turns: [{ role: "user", text: prompt }],
      signal: AbortSignal.any([signal, limit]),
      onCall,
    });
    return await readAnswer(chunks, maxReplyTokens * MAX_UNITS_A_TOKEN);
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    throw new ModelError("MODEL_TIMEOUT", "The answer took too long.", { retryable: true, cause: error });
  } finally {
    await record(ctx, call.userId, calls).catch((error: unknown) =>
      ctx.logger.warn({ err: error, purpose: call.purpose }, "could not record a call"),
    );
  }
}

async function readAnswer(chunks: AsyncIterable<ModelChunk>, maxLength: number): Promise<string> {
  let text = "";
  let reason = "";
  // To the end, so that the call counts as whole.
  for await (const chunk of chunks) {
    text += chunk.text;
    reason = chunk.finish?.reason ?? reason;
    if (text.length > maxLength) throw cutShort("LENGTH_LIMIT");
  }
  if (reason.toUpperCase() !== "STOP") throw cutShort(reason);
  return text;
}

const cutShort = (finishReason: string): ModelError =>
  new ModelError("MODEL_EMPTY", `The answer is not whole (${finishReason}).`, { retryable: false, finishReason });

const readCall = (ctx: AppContext, report: CallReport, call: OperatorCall): ProviderCall =>
  toProviderCall(ctx, report, {
    purpose: call.purpose,
    messageId: call.messageId,
    attempt: null,
    prompt: [call.systemPrompt, call.prompt],
    estimate: estimateTokens,
  });

/** Calls for an account that is gone stay in the ledger, and name nobody. */
async function record(ctx: AppContext, userId: string, calls: readonly ProviderCall[]): Promise<void> {
  if (calls.length === 0) return;
  await retryConflicts(
    () => ctx.db.$executeRaw`
      WITH "user" AS (SELECT "id" FROM "User" WHERE "id" = ${userId}::uuid FOR KEY SHARE),
        "owner" AS (SELECT (SELECT "id" FROM "user") AS "userId"), ${ledgerSql(calls, "owner")}
      SELECT`,
  );
}
