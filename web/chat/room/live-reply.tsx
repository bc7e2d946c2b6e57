import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import css from "./message.module.css";
import { LiveParts } from "./reply-parts.tsx";
import { Countdown } from "./countdown.tsx";
import { useLiveReply } from "./use-live-reply.ts";

/** A reply that is waited for, or written just now. */
export function LiveReply({ message }: { message: MessageViewFragment }) {
  const reply = useLiveReply(message);
  const begun = reply.text !== "" || reply.thought !== "" || reply.activities.length > 0;
  return (
    <div className={css.reply} data-growing aria-busy>
      <LiveParts reply={reply} />
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
      {message.nextTryAt && reply.status === "PENDING" && (
        <p className={css.hint}>
          The model did not answer. Trying again <Countdown until={message.nextTryAt} />
        </p>
      )}
    </div>
  );
}

function describeWait(waitingFor: "NEXT_TRY" | "OTHER_REPLIES" | "WORKER" | null): string {
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
