import css from "./message.module.css";
import { Countdown } from "./countdown.tsx";
import type { LiveReply } from "./use-live-reply.ts";

type Props = {
  reply: LiveReply;
  /** When a worker tries again, after a fault. */
  nextTryAt: string | null;
  /** There is something to read. */
  begun: boolean;
};

/** What a reply that is waited for waits for. */
export const LiveNotes = ({ reply, nextTryAt, begun }: Props) => (
  <>
    {!begun && (
      <p className={css.waiting}>
        <span className={css.dots} aria-hidden>
          <i />
          <i />
          <i />
        </span>
        <span className={reply.waitingFor === null || reply.waitingFor === "WORKER" ? "visually-hidden" : ""}>
          {describeWait(reply.waitingFor)}
        </span>
      </p>
    )}
    {nextTryAt !== null && reply.status === "PENDING" && (
      <p className={css.hint}>
        The model did not answer. Trying again <Countdown until={nextTryAt} />
      </p>
    )}
  </>
);

function describeWait(waitingFor: LiveReply["waitingFor"]): string {
  switch (waitingFor) {
    case "OTHER_REPLIES":
      return "Waiting for your other replies to finish";
    case "NEXT_TRY":
      return "Waiting for the next try";
    case "WORKER":
    case null:
      return "Waiting for the model";
  }
}
