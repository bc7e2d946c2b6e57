import type { AppContext } from "../../app-context.ts";
import { isDataFault } from "../../platform/postgres/is-data-fault.ts";
import { ModelError, type ChatModel } from "../../platform/gemini/model.ts";
import { WorkerStopping } from "../../platform/redis/queue.ts";
import { backoff, delay } from "../../platform/timing.ts";
import { findRoomChange } from "../rooms/room-change.ts";
import { requestSummary } from "../context/request-summary.ts";
import { isEnded } from "../rooms/message-status.ts";
import { findCostExceeded } from "../usage/cost-limit.ts";
import type { ProviderCall } from "../usage/provider-call.ts";
import { recordCalls } from "../usage/record-calls.ts";
import { startAttempt, type AttemptReport } from "./attempt-report.ts";
import { announceEnd, COST_EXCEEDED, finishReply, type ReplyEnd } from "./finish-reply.ts";
import { claimReply, type ClaimedReply } from "./claim-reply.ts";
import { draftOf } from "./draft.ts";
import { handBackReply } from "./hand-back-reply.ts";
import { leavesEarly } from "./leave-early.ts";
import type { Written } from "./live-text.ts";
import { createLiveTextWriter } from "./live-text-writer.ts";
import { announceWait, dispatchReplies } from "./dispatch-replies.ts";
import { pauseModel } from "./pause-model.ts";
import { countTry, postponeReply } from "./postpone-reply.ts";
import { hasBegun, ReplyCancelled, MAX_TRIES, writeReply, writtenBy, type Counts, type Ending } from "./write-reply.ts";

/** What became of the job. `postponed`: the reply is to be tried again then. */
export type GenerateOutcome = JobOutcome & Readonly<{ report?: AttemptReport }>;

type JobOutcome =
  | Readonly<{ kind: "ended" }>
  | Readonly<{ kind: "superseded" }>
  | Readonly<{ kind: "handed back" }>
  /** For the end of other replies of this user: `dispatchReplies` brings the job back, once this one is gone. */
  | Readonly<{ kind: "waiting"; userId: string }>
  | Readonly<{ kind: "postponed"; nextTryAt: Date }>;

/** Workers lost over one reply before it is taken for the cause; most of them went for reasons of their own. */
const MAX_CRASHES = 20;
/** Stopping workers that have handed one reply back, before it ends with the text so far. */
const MAX_HAND_BACKS = 20;
const BACKOFF_MAX_MS = 30_000;
/** How long a finish is repeated while the database is unavailable; then the sweeper starts the reply over. */
const FINISH_LIMIT_MS = 60_000;

/**
 * Writes one reply: claims it, streams it from the model into the live text, and ends it in the database.
 *
 * @param job `signal`: aborted when the worker hands its jobs back, or with a `ReplyCancelled` when the reply is stopped
 *   elsewhere; `leaving`: aborted some time before that; `crashes`: how many workers were lost over this reply, as far as is
 *   known
 * @throws what the database throws: the reply then stays to be taken up again
 */
export async function generateReply(
  ctx: AppContext & { model: ChatModel },
  replyId: string,
  { signal, leaving, crashes }: Readonly<{ signal: AbortSignal; leaving: AbortSignal; crashes: number }>,
): Promise<GenerateOutcome> {
  const claim = await claimReply(ctx, replyId);
  if (claim.kind === "ended") return { kind: "superseded" };
  if (claim.kind === "waiting") {
    await announceWait(ctx, { id: replyId, attempt: claim.attempt });
    return { kind: "waiting", userId: claim.userId };
  }
  if (claim.kind === "paused") {
    // It is no longer due, so another reply of the user may be next.
    ctx.runInBackground("dispatch replies", dispatchReplies(ctx, claim.userId));
    await announceWait(ctx, { id: replyId, attempt: claim.attempt });
    return { kind: "postponed", nextTryAt: claim.nextTryAt };
  }
  const { reply } = claim;
  const timer = startAttempt();
  const endUnasked = async (end: ReplyEnd) => ({
    ...endAs(await finishWithRetries(ctx, reply, end)),
    report: timer.report(reply, end),
  });
  const isGivenUp = crashes > MAX_CRASHES || reply.handBacks > MAX_HAND_BACKS || reply.tries >= MAX_TRIES;
  if (isGivenUp) return endUnasked({ ...GIVEN_UP, ...contentOf(reply) });

  const exceededUntil = await findCostExceeded(ctx, reply);
  if (exceededUntil) return endUnasked({ ...costExceeded(exceededUntil), ...contentOf(reply) });

  const calls: ProviderCall[] = [];
  // The end of the reply records its calls; without one they are paid all the same.
  const record = () => recordCalls(ctx, reply, calls.splice(0));
  const cancelling = new AbortController();
  const writer = timer.watch(
    createLiveTextWriter(ctx, reply, (refusal) => cancelling.abort(new ReplyCancelled(refusal))),
  );
  const startedAt = performance.now();
  const leave = () => {
    const reason: unknown = leaving.reason;
    const elapsedMs = performance.now() - startedAt;
    const progress = { written: writtenBy(writer), hasBegun: hasBegun(reply, writer), elapsedMs };
    const leftMs = reason instanceof WorkerStopping ? reason.leftMs : 0;
    if (leavesEarly(ctx, reply, progress, leftMs)) cancelling.abort(reason);
  };
  leaving.addEventListener("abort", leave, { once: true });
  try {
    if (leaving.aborted) leave();
    const either = AbortSignal.any([signal, cancelling.signal]);
    const onCall = (call: ProviderCall) => void calls.push(call);
    const { ending, counts, model, isFull } = await writeReply(ctx, { reply, writer, signal: either, onCall });
    // The day's cost is known before the slot is free: the next reply may not be allowed.
    if (ending instanceof ModelError)
      await record().catch((error: unknown) => ctx.logger.warn({ err: error, replyId }, "could not record calls"));
    const written = writtenBy(writer);
    const outcome = await settle(ctx, { ...reply, model }, ending, { written, ...counts, calls });
    if (outcome.kind !== "ended") ctx.runInBackground("record calls", record());
    // Ahead of need: the next reply does not wait for it.
    else if (isFull) ctx.runInBackground("summarize a conversation", requestSummary(ctx, reply));
    return { ...outcome, report: timer.report({ ...reply, model }, ending, counts) };
  } catch (error) {
    ctx.runInBackground("record calls", record());
    // What nobody foresaw may happen each time.
    await countTry(ctx, reply).catch(() => {});
    throw error;
  } finally {
    leaving.removeEventListener("abort", leave);
    writer.close();
  }
}

/** What the reply has of its text when no model is asked for more. */
const contentOf = ({ draft }: ClaimedReply): Pick<ReplyEnd, "content" | "thought" | "activities"> =>
  draft ? { content: draft.text, thought: draft.thought, activities: draft.activities } : { content: "" };

/** Puts down how the attempt has ended. */
async function settle(
  ctx: AppContext,
  reply: ClaimedReply,
  ending: Ending,
  { written, ...counts }: { written: Written } & Counts & Pick<ReplyEnd, "calls">,
): Promise<JobOutcome> {
  if (ending === "superseded") return { kind: "superseded" };
  if (ending === "handed back") {
    await handBackReply(ctx, reply, draftOf(ctx, reply, written));
    return { kind: "handed back" };
  }
  if (ending instanceof ModelError) return postpone(ctx, reply, ending);
  return endAs(await finishWithRetries(ctx, reply, { ...ending, ...counts }));
}

const endAs = (won: boolean): JobOutcome => ({ kind: won ? "ended" : "superseded" });

/** Workers died over this reply, or broke off, again and again: it must not take down the next one. */
const GIVEN_UP: ReplyEnd = {
  status: "FAILED",
  content: "",
  error: { code: "WORKER_CRASHED", message: "The reply was interrupted too many times." },
};

/** Replies that were written at the same time have cost more than was reserved for them. */
const costExceeded = (retryAt: Date): ReplyEnd => ({
  status: "FAILED",
  content: "",
  error: { code: COST_EXCEEDED, message: "The day's budget for replies is used up.", retryAt },
});

/** Puts the reply back until its next try, and its model with it, if the provider has answered that it is asked too much. */
async function postpone(ctx: AppContext, reply: ClaimedReply, cause: ModelError): Promise<JobOutcome> {
  const wait = Math.max(cause.retryAfter ?? 0, backoff(reply.tries + 1, ctx.config.modelRetryBase, BACKOFF_MAX_MS));
  const nextTryAt = new Date(ctx.clock.now().getTime() + wait);
  if (cause.code === "MODEL_RATE_LIMITED") await pauseModel(ctx, reply.model, nextTryAt);
  // A model that is asked too much goes on later; one that is out of order is answered for by another, from the start.
  const startsOver = cause.code !== "MODEL_RATE_LIMITED";
  const postponed = await postponeReply(ctx, reply, nextTryAt, { startsOver });
  return postponed ? { kind: "postponed", nextTryAt } : { kind: "superseded" };
}

/**
 * Repeats the finish while the database is unavailable. A commit whose answer was lost is recognised when it is repeated. An end
 * that the database refuses is not repeated: the reply fails, with its text if that can be stored.
 */
async function finishWithRetries(ctx: AppContext, reply: ClaimedReply, end: ReplyEnd): Promise<boolean> {
  const giveUpAt = Date.now() + FINISH_LIMIT_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      if (await finishReply(ctx, reply, end)) return true;
      return tries > 1 && (await hasEnded(ctx, reply));
    } catch (error) {
      const lesser = isDataFault(error) ? withoutRefused(end) : undefined;
      if (lesser) {
        ctx.logger.error({ err: error, replyId: reply.id }, "the end of a reply cannot be stored as it is");
        return finishWithRetries(ctx, reply, lesser);
      }
      if (isDataFault(error) || Date.now() > giveUpAt) throw error;
      ctx.logger.warn({ err: error, replyId: reply.id, tries }, "the end of a reply waits for the database");
      await delay(backoff(tries, 100, 2_000));
    }
  }
}

/** The rest of an end that the database refuses; undefined when nothing more can be omitted. */
function withoutRefused({ content, error, calls = [] }: ReplyEnd): ReplyEnd | undefined {
  if (error?.code !== UNSTORABLE.code) return { status: "FAILED", content, error: UNSTORABLE, calls };
  return content === "" ? undefined : { status: "FAILED", content: "", error: UNSTORABLE, calls };
}

const UNSTORABLE = { code: "REPLY_UNSTORABLE", message: "The reply could not be stored." };

async function hasEnded(ctx: AppContext, reply: ClaimedReply): Promise<boolean> {
  const row = await ctx.db.message.findUnique({ where: { id: reply.id } });
  const ours = row !== null && row.attempt === reply.attempt && isEnded(row.status);
  if (ours) {
    ctx.runInBackground("dispatch replies", dispatchReplies(ctx, reply.userId));
    await announceEnd(ctx, row, await findRoomChange(ctx.db, row.chatroomId));
  }
  return ours;
}
