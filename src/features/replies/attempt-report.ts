import { ModelError } from "../../platform/gemini/model.ts";
import type { ClaimedReply } from "./claim-reply.ts";
import type { ReplyEnd } from "./finish-reply.ts";
import type { LiveTextWriter } from "./live-text-writer.ts";
import type { Counts, Ending } from "./write-reply.ts";

/** What operators want to know of an attempt at a reply; nothing of what was written. */
export type AttemptReport = Partial<Counts> &
  Readonly<{
    userId: string;
    attempt: number;
    /** The model that answered, or was asked last. */
    model: string;
    /** How the reply stands after it, as `MessageStatus` has it. */
    outcome: ReplyEnd["status"] | "PENDING" | null;
    errorCode: string | null;
    finishReason: string | null;
    /** From the claim to the first text or thought, in milliseconds; null where none came. */
    firstTokenMs: number | null;
    /** From the claim to the end, in milliseconds. */
    totalMs: number;
  }>;

/** Begins to time an attempt. */
export function startAttempt() {
  const startedAt = performance.now();
  let firstAt: number | null = null;
  const since = (at: number) => Math.round(at - startedAt);
  return {
    /** The same writer, which notes when the first text or thought comes. */
    watch: (writer: LiveTextWriter): LiveTextWriter => ({
      ...writer,
      push(addition) {
        firstAt ??= performance.now();
        writer.push(addition);
      },
    }),
    report: (reply: ClaimedReply, ending: Ending, counts: Partial<Counts> = {}): AttemptReport => ({
      userId: reply.userId,
      attempt: reply.attempt,
      model: reply.model,
      ...counts,
      ...describe(ending),
      firstTokenMs: firstAt === null ? null : since(firstAt),
      totalMs: since(performance.now()),
    }),
  };
}

function describe(ending: Ending): Pick<AttemptReport, "outcome" | "errorCode" | "finishReason"> {
  if (ending === "superseded") return { outcome: null, errorCode: null, finishReason: null };
  if (ending === "handed back") return { outcome: "PENDING", errorCode: null, finishReason: null };
  const { finishReason = null } = ending;
  if (ending instanceof ModelError) return { outcome: "PENDING", errorCode: ending.code, finishReason };
  return { outcome: ending.status, errorCode: ending.error?.code ?? null, finishReason };
}
