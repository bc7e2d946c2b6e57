import type { AppContext } from "../../app-context.ts";
import {
  ModelError,
  type CallReport,
  type ChatModel,
  type ModelChunk,
  type ModelErrorCode,
  type TokenCounts,
} from "../../platform/gemini/model.ts";
import { modelRequest } from "../models/model-request.ts";
import { WorkerStopping } from "../../platform/redis/queue.ts";
import { toProviderCall, type ProviderCall } from "../usage/provider-call.ts";
import type { ClaimedReply } from "./claim-reply.ts";
import { continuationBy } from "./draft.ts";
import type { ReplyEnd } from "./finish-reply.ts";
import type { Written } from "./live-text.ts";
import type { LiveTextWriter, Refusal } from "./live-text-writer.ts";
import { noteFallback } from "./note-fallback.ts";
import { estimateTokens } from "../../platform/text/estimate-tokens.ts";
import { contextLimit } from "../context/context-limit.ts";
import { isFull } from "../context/plan-summary.ts";
import { readHistory, type History } from "./read-history.ts";

/** What an attempt has come to: an end, another try (the error itself), or that others take over. */
export type Ending = ReplyEnd | ModelError | "superseded" | "handed back";

/** Tries at one reply that meet a fault, before it fails. */
export const MAX_TRIES = 5;

/** How often a conversation that the model finds too long is cut, before its last turn is all that is left. */
const MAX_CUTS = 3;

/** The reason of a reply that is cancelled: it was stopped, another process has it, or it is as long as it may be. */
export class ReplyCancelled extends Error {
  override readonly name = "ReplyCancelled";
  readonly why: Refusal;
  constructor(why: Refusal) {
    super(`The reply was cancelled: ${why}`);
    this.why = why;
  }
}

/** Counts of a call to the model, as far as they have come; null where none has. `promptEstimate`: what we took it for. */
export type Counts = Readonly<Record<keyof TokenCounts | "promptEstimate", number | null>>;

/** An attempt at a reply, and where it goes. */
type Writing = Readonly<{
  reply: ClaimedReply;
  writer: LiveTextWriter;
  signal: AbortSignal;
  /** Called with each call of the provider, once it has ended. */
  onCall: (call: ProviderCall) => void;
}>;

/**
 * Streams the model's answer into the live text.
 *
 * @returns how it ended, the model that was asked, the counts of its call, also of one that failed, and whether the
 *   conversation has become so long that it is time to summarise it
 * @throws what nobody foresaw
 */
export async function writeReply(
  ctx: AppContext & { model: ChatModel },
  { reply, writer, signal, onCall }: Writing,
): Promise<{ ending: Ending; counts: Counts; model: string; isFull: boolean }> {
  let last: ModelChunk = { text: "" };
  let counted: TokenCounts = {};
  let { model } = reply;
  let history: History | undefined;
  const fullLimit = contextLimit(ctx, model);
  const draftTokens = estimateTokens(reply.draft?.text ?? "");
  const stream = async (limit: number, cuts: number): Promise<ReplyEnd> => {
    const { systemPrompt, parentId } = reply;
    if (parentId) history = await readHistory(ctx, { parentId, systemPrompt: systemPrompt ?? "", limit });
    const turns = history?.turns ?? [];
    const onCounts = (counts: TokenCounts) => void (counted = counts);
    const onFallback = (name: string) => {
      model = name;
      return noteFallback(ctx, reply, name);
    };
    const prompt = [systemPrompt ?? "", ...turns.map(({ text }) => text), reply.draft?.text ?? ""];
    const subject = {
      purpose: "REPLY" as const,
      messageId: reply.id,
      attempt: reply.attempt,
      prompt,
      estimate: estimateTokens,
    };
    const report = (each: CallReport) => onCall(toProviderCall(ctx, each, subject));
    const chunks = ctx.model.stream({
      ...requestFor(ctx, reply),
      systemPrompt,
      turns,
      signal,
      onCounts,
      onFallback,
      onCall: report,
    });
    try {
      for await (const chunk of chunks) {
        last = chunk;
        if (chunk.text || chunk.thought || chunk.activities) writer.push(chunk);
      }
      return endOf(last, contentBy(writer));
    } catch (error) {
      const tooLong = error instanceof ModelError && error.code === "MODEL_TOO_LONG";
      // One turn cannot be cut, and what has begun cannot be begun again.
      if (!tooLong || turns.length <= 1 || cuts === MAX_CUTS || hasBegun(reply, writer)) throw error;
      ctx.logger.warn({ replyId: reply.id, turns: turns.length }, "the model finds a conversation too long: it is cut");
      return stream(cuts + 1 === MAX_CUTS ? 0 : (history?.usedTokens ?? 0) / 2, cuts + 1);
    }
  };
  const ending = await stream(fullLimit - draftTokens, 0).catch((error: unknown) => {
    const reason: unknown = signal.aborted ? signal.reason : withoutDraft(error, reply, writer);
    return endingOf(ctx, reason, reply, contentBy(writer));
  });
  const {
    promptTokens = null,
    cachedTokens = null,
    replyTokens = null,
    thoughtTokens = null,
    toolTokens = null,
  } = counted;
  const promptEstimate = history ? history.estimate + draftTokens : null;
  const counts = { promptTokens, cachedTokens, replyTokens, thoughtTokens, toolTokens, promptEstimate };
  return {
    ending,
    counts,
    model,
    isFull: history !== undefined && isFull(withReply(history, counts, writer), fullLimit),
  };
}

/** What the prompt and its reply come to, by the model's own counts as far as there are any. */
const withReply = (history: History, { promptTokens, replyTokens }: Counts, writer: LiveTextWriter): History => ({
  ...history,
  usedTokens: (promptTokens ?? history.usedTokens) + (replyTokens ?? estimateTokens(writer.text())),
});

/** What a reply consists of, however it ends. */
type Content = Pick<ReplyEnd, "content" | "thought" | "activities">;

export const writtenBy = (writer: LiveTextWriter): Written => ({
  text: writer.text(),
  thought: writer.thought(),
  activities: writer.activities(),
});

const contentBy = (writer: LiveTextWriter): Content => {
  const { text, ...rest } = writtenBy(writer);
  return { content: text, ...rest };
};

/** How the model is asked. What goes on from a draft is its own model's, and has what the draft leaves of the limit. */
function requestFor(ctx: AppContext, { model: id, plan, settings, draft }: ClaimedReply) {
  const request = modelRequest(ctx, { id, plan, settings });
  const by = draft && continuationBy(ctx, request.model);
  if (!draft || !by) return request;
  const { maxReplyTokens } = request.settings ?? {};
  const left = maxReplyTokens && { maxReplyTokens: Math.max(1, maxReplyTokens - estimateTokens(draft.text)) };
  return {
    ...request,
    settings: { ...request.settings, ...left },
    fallbacks: [],
    continues: { text: draft.text, by },
  };
}

/** Whether the attempt has anything that is its own. */
export const hasBegun = ({ draft }: Pick<ClaimedReply, "draft">, writer: LiveTextWriter): boolean =>
  writer.text().length > (draft?.text.length ?? 0) ||
  writer.thought().length > (draft?.thought.length ?? 0) ||
  writer.activities().length > (draft?.activities.length ?? 0);

/** A request that is refused with a draft may pass without it. */
function withoutDraft(error: unknown, reply: ClaimedReply, writer: LiveTextWriter): unknown {
  if (!(error instanceof ModelError) || !REFUSALS.has(error.code)) return error;
  if (!reply.draft || hasBegun(reply, writer)) return error;
  return new ModelError(error.code, error.message, { retryable: true, cause: error });
}

const REFUSALS: ReadonlySet<ModelErrorCode> = new Set(["MODEL_REJECTED", "MODEL_TOO_LONG"]);

function endOf({ finish, signatures = [] }: ModelChunk, written: Content): ReplyEnd {
  const finishReason = finish?.reason ?? null;
  const content = { ...written, signatures };
  if (finish?.outcome === "blocked") return { status: "BLOCKED", ...content, finishReason, error: BLOCKED };
  return { status: "COMPLETE", ...content, finishReason };
}

const BLOCKED = { code: "MODEL_BLOCKED", message: "The model's provider blocked this reply." };

/** What the reason of an interrupted stream means. */
function endingOf(
  ctx: Pick<AppContext, "config" | "clock">,
  reason: unknown,
  reply: ClaimedReply,
  content: Content,
): Ending {
  if (reason instanceof ReplyCancelled) {
    switch (reason.why) {
      case "fenced":
        return "superseded";
      case "stopped":
        return { status: "STOPPED", ...content };
      case "full":
        return { status: "COMPLETE", ...content, finishReason: "LENGTH_LIMIT" };
    }
  }
  if (reason instanceof WorkerStopping) return "handed back";
  if (!(reason instanceof ModelError)) throw reason;
  const { retryable, retryAfter } = reason;
  const tooLong = retryable && (retryAfter ?? 0) > ctx.config.modelMaxWait;
  if (retryable && !tooLong && reply.tries + 1 < MAX_TRIES) return reason;
  const { code, message } = tooLong ? TOO_LONG_A_WAIT : reason;
  const retryAt = retryAfter === undefined ? null : new Date(ctx.clock.now().getTime() + retryAfter);
  const finishReason = reason.finishReason ?? null;
  return { status: "FAILED", ...content, finishReason, error: { code, message, retryAt } };
}

const TOO_LONG_A_WAIT = {
  code: "MODEL_QUOTA" satisfies ModelErrorCode,
  message: "The model's provider asks for a longer wait than a reply may take.",
};
