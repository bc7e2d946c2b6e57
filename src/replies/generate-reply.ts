import type { AppContext } from "../app-context.ts";
import { isDataFault } from "../platform/is-data-fault.ts";
import { ModelError, type ChatModel, type ModelChunk, type ModelErrorCode } from "../platform/model.ts";
import { backoff, delay } from "../platform/timing.ts";
import { announceEnd, finishReply, type ReplyEnd } from "./finish-reply.ts";
import { claimReply, type ClaimedReply } from "./claim-reply.ts";
import { createLiveTextWriter, type LiveTextWriter, type Refusal } from "./live-text-writer.ts";
import { announceWait, offerReplies } from "./offer-replies.ts";
import { pauseModel } from "./pause-model.ts";
import { readHistory } from "./read-history.ts";
import { countTry, handBackReply, postponeReply } from "./postpone-reply.ts";
import { isTerminal } from "./reply-log.ts";

/** What became of the job. `postponed`: the reply is to be tried again then. */
export type GenerateOutcome =
  | Readonly<{ kind: "ended" }>
  | Readonly<{ kind: "superseded" }>
  | Readonly<{ kind: "handed back" }>
  /** For the end of other replies of this user: `offerReplies` brings the job back, once this one is gone. */
  | Readonly<{ kind: "waits"; userId: string }>
  | Readonly<{ kind: "postponed"; nextTryAt: Date }>;

/** Tries at one reply that meet a fault, before it fails. */
const MAX_TRIES = 5;
/** Workers lost over one reply before it is taken for the cause; most of them went for reasons of their own. */
const MAX_CRASHES = 20;
const BACKOFF_MAX_MS = 30_000;
/** How long a finish is repeated while the database is away; then the sweeper starts the reply anew. */
const FINISH_LIMIT_MS = 60_000;

/** The reason with which a job's signal is aborted when its worker is stopping. */
export class WorkerStopping extends Error {
  override readonly name = "WorkerStopping";
}

/** The reason for leaving a reply alone: somebody else ends it, or has. */
export class LetGo extends Error {
  override readonly name = "LetGo";
  readonly why: Refusal;
  constructor(why: Refusal) {
    super(`The reply was let go: ${why}`);
    this.why = why;
  }
}

/**
 * Writes one reply: claims it, streams it from the model into the live text, and ends it in the database.
 *
 * @param signal aborted when the worker stops, or with a `LetGo` when the reply is stopped elsewhere
 * @param crashes how many workers were lost over this reply, as far as is known
 * @throws what the database throws: the reply then stays to be taken up again
 */
export async function generateReply(
  ctx: AppContext & { model: ChatModel },
  replyId: string,
  signal: AbortSignal,
  crashes: number,
): Promise<GenerateOutcome> {
  const claim = await claimReply(ctx, replyId);
  if (claim.kind === "over") return { kind: "superseded" };
  if (claim.kind === "waits") {
    await announceWait(ctx, { id: replyId, attempt: claim.attempt });
    return { kind: "waits", userId: claim.userId };
  }
  if (claim.kind === "paused") {
    // It is not due any more, so another reply of the user may be the next.
    ctx.later("offer replies", offerReplies(ctx, claim.userId));
    await announceWait(ctx, { id: replyId, attempt: claim.attempt });
    return { kind: "postponed", nextTryAt: claim.nextTryAt };
  }
  const { reply } = claim;
  if (crashes > MAX_CRASHES || reply.tries >= MAX_TRIES) return endAs(await finishSurely(ctx, reply, GIVEN_UP));

  const letGo = new AbortController();
  const writer = createLiveTextWriter(ctx, reply, (refusal) => letGo.abort(new LetGo(refusal)));
  try {
    const either = AbortSignal.any([signal, letGo.signal]);
    const ending = await writeReply(ctx, reply, writer, either).catch((error: unknown) =>
      endingOf(ctx, error, reply, writer, either),
    );
    if (ending === "superseded") return { kind: "superseded" };
    if (ending === "handed back") {
      await handBackReply(ctx, reply);
      return { kind: "handed back" };
    }
    if (ending instanceof ModelError) return await postpone(ctx, reply, ending);
    return endAs(await finishSurely(ctx, reply, ending));
  } catch (error) {
    // What nobody foresaw may happen each time.
    await countTry(ctx, reply).catch(() => {});
    throw error;
  } finally {
    writer.close();
  }
}

const endAs = (won: boolean): GenerateOutcome => ({ kind: won ? "ended" : "superseded" });

/** Workers died over this reply, or broke off, again and again: it must not take down the next one. */
const GIVEN_UP: ReplyEnd = {
  status: "FAILED",
  content: "",
  error: { code: "WORKER_CRASHED", message: "The reply was interrupted too many times." },
};

/** Streams the model's answer into the live text. */
async function writeReply(
  ctx: AppContext & { model: ChatModel },
  reply: ClaimedReply,
  writer: LiveTextWriter,
  signal: AbortSignal,
): Promise<ReplyEnd> {
  const turns = reply.parentId ? await readHistory(ctx, reply.parentId) : [];
  const request = {
    model: reply.model,
    systemPrompt: reply.systemPrompt,
    turns,
    signal,
  };
  let last: ModelChunk = { text: "" };
  for await (const chunk of ctx.model.stream(request)) {
    last = { ...last, ...chunk };
    if (chunk.text) writer.push(chunk.text);
  }
  return {
    status: last.finish?.outcome === "blocked" ? "BLOCKED" : "COMPLETE",
    content: writer.text(),
    finishReason: last.finish?.reason ?? null,
    error: last.finish?.outcome === "blocked" ? BLOCKED : null,
    promptTokens: last.promptTokens ?? null,
    replyTokens: last.replyTokens ?? null,
  };
}

const BLOCKED = { code: "MODEL_BLOCKED", message: "The model's provider blocked this reply." };

/** What an interrupted stream means: an end, another try (the error itself), or that others take over. */
function endingOf(
  ctx: Pick<AppContext, "config" | "clock">,
  error: unknown,
  reply: ClaimedReply,
  writer: LiveTextWriter,
  signal: AbortSignal,
): ReplyEnd | ModelError | "superseded" | "handed back" {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (reason instanceof LetGo) {
    switch (reason.why) {
      case "fenced":
        return "superseded";
      case "stopped":
        return { status: "STOPPED", content: writer.text() };
      case "full":
        return { status: "COMPLETE", content: writer.text(), finishReason: "LENGTH_LIMIT" };
    }
  }
  if (reason instanceof WorkerStopping) return "handed back";
  if (!(reason instanceof ModelError)) throw reason;
  const tooLong = reason.retryable && (reason.retryAfter ?? 0) > ctx.config.modelMaxWait;
  if (reason.retryable && !tooLong && reply.tries + 1 < MAX_TRIES) return reason;
  const { code, message } = tooLong ? TOO_LONG_A_WAIT : reason;
  const retryAt = reason.retryAfter === undefined ? null : new Date(ctx.clock.now().getTime() + reason.retryAfter);
  return { status: "FAILED", content: writer.text(), error: { code, message, retryAt } };
}

const TOO_LONG_A_WAIT = {
  code: "MODEL_QUOTA" satisfies ModelErrorCode,
  message: "The model's provider asks to be left alone for longer than a reply waits.",
};

/** Puts the reply back until its next try, and its model with it, if the provider has answered that it is asked too much. */
async function postpone(ctx: AppContext, reply: ClaimedReply, cause: ModelError): Promise<GenerateOutcome> {
  const wait = Math.max(cause.retryAfter ?? 0, backoff(reply.tries + 1, ctx.config.modelRetryBase, BACKOFF_MAX_MS));
  const nextTryAt = new Date(ctx.clock.now().getTime() + wait);
  if (cause.code === "MODEL_RATE_LIMITED") await pauseModel(ctx, reply.model, nextTryAt);
  const postponed = await postponeReply(ctx, reply, nextTryAt);
  return postponed ? { kind: "postponed", nextTryAt } : { kind: "superseded" };
}

/**
 * Repeats the finish while the database is away. A commit whose answer was lost is recognised when it is repeated. An end
 * that the database refuses is not repeated: the reply fails, with its text if that can be stored.
 */
async function finishSurely(ctx: AppContext, reply: ClaimedReply, end: ReplyEnd): Promise<boolean> {
  const giveUpAt = Date.now() + FINISH_LIMIT_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      if (await finishReply(ctx, reply, end)) return true;
      return tries > 1 && (await wasFinished(ctx, reply));
    } catch (error) {
      const lesser = isDataFault(error) ? withoutRefused(end) : undefined;
      if (lesser) {
        ctx.log.error({ err: error, replyId: reply.id }, "the end of a reply cannot be stored as it is");
        return finishSurely(ctx, reply, lesser);
      }
      if (isDataFault(error) || Date.now() > giveUpAt) throw error;
      ctx.log.warn({ err: error, replyId: reply.id, tries }, "the end of a reply waits for the database");
      await delay(backoff(tries, 100, 2_000));
    }
  }
}

/** What is left of an end that the database refuses; undefined when nothing more can be left out. */
function withoutRefused({ content, error }: ReplyEnd): ReplyEnd | undefined {
  if (error?.code !== UNSTORABLE.code) return { status: "FAILED", content, error: UNSTORABLE };
  return content === "" ? undefined : { status: "FAILED", content: "", error: UNSTORABLE };
}

const UNSTORABLE = { code: "REPLY_UNSTORABLE", message: "The reply could not be stored." };

async function wasFinished(ctx: AppContext, reply: ClaimedReply): Promise<boolean> {
  const row = await ctx.db.message.findUnique({ where: { id: reply.id } });
  const ours = row !== null && row.attempt === reply.attempt && isTerminal(row.status);
  if (ours) {
    ctx.later("offer replies", offerReplies(ctx, reply.userId));
    await announceEnd(ctx, row, reply.userId);
  }
  return ours;
}
