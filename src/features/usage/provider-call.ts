import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import type { CallPurpose } from "../../generated/prisma/client.ts";
import { costOfTokens, pricesAt, type BilledTokens, type Prices } from "../../model-catalogue/cost-of-tokens.ts";
import type { CallReport, ModelErrorCode } from "../../platform/gemini/model.ts";
import { resolveModel } from "../models/resolve-model.ts";

/** What a call of the provider is made for. */
export type CallSubject = Readonly<{
  purpose: CallPurpose;
  /** The reply that it is for, if it is for one, and which attempt. */
  messageId: string | null;
  attempt: number | null;
  /** All that the model is given to read. */
  prompt: readonly string[];
  /** About how many tokens a text has. */
  estimate: (text: string) => number;
}>;

/** A row of the ledger: a call that has ended, with its price. */
export type ProviderCall = BilledTokens &
  Pick<CallSubject, "purpose" | "messageId" | "attempt"> &
  Pick<CallReport, "model" | "outcome" | "errorCode" | "startedAt"> &
  Readonly<{
    id: string;
    /** Whether some of the tokens are estimated. */
    estimated: boolean;
    prices: Prices;
    /** In micro-units. */
    cost: bigint;
  }>;

/** A provider that answers with these, and with nothing before, has done no work, and bills none. */
const UNBILLED: ReadonlySet<ModelErrorCode> = new Set([
  "MODEL_RATE_LIMITED",
  "MODEL_QUOTA",
  "MODEL_UNAVAILABLE",
  "MODEL_RETIRED",
  "MODEL_TOO_LONG",
  "MODEL_REJECTED",
  "MODEL_UNAUTHORIZED",
]);

/**
 * The ledger's row of a call, with the prices that held when it began. Tokens that the provider has not counted are
 * estimated, as those of a call that was aborted: it may be billed.
 */
export function toProviderCall(
  ctx: Pick<AppContext, "config" | "clock">,
  report: CallReport,
  { purpose, messageId, attempt, prompt, estimate }: CallSubject,
): ProviderCall {
  const { model, outcome, errorCode, startedAt, counts, received } = report;
  const prices = pricesAt(ctx.config.models.models.get(model) ?? resolveModel(ctx, model), startedAt);
  const estimates = {
    promptTokens: counts.promptTokens === undefined ? prompt.reduce((sum, text) => sum + estimate(text), 0) : 0,
    replyTokens: counts.replyTokens === undefined ? estimate(received.text) : 0,
    thoughtTokens: counts.thoughtTokens === undefined ? estimate(received.thought) : 0,
  };
  const missing = isBilled(report) ? estimates : { promptTokens: 0, replyTokens: 0, thoughtTokens: 0 };
  const tokens: BilledTokens = { cachedTokens: 0, toolTokens: 0, ...missing, ...counts };
  return {
    ...tokens,
    id: uuidv7({ msecs: startedAt.getTime() }),
    purpose,
    messageId,
    attempt,
    model,
    outcome,
    errorCode,
    startedAt,
    prices,
    estimated: Object.values(missing).some((count) => count > 0),
    cost: costOfTokens(tokens, prices),
  };
}

const isBilled = ({ errorCode, received }: CallReport): boolean =>
  errorCode === null || !UNBILLED.has(errorCode) || received.text !== "" || received.thought !== "";
