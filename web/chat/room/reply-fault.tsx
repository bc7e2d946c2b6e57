import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { useSecondsUntil } from "../ui/use-seconds-until.ts";
import css from "./message.module.css";

type Props = { message: MessageViewFragment; onRetry: () => void; busy: boolean };

/** Why a reply did not come to its end, and what can be done about it. */
export function ReplyFault({ message, onRetry, busy }: Props) {
  const { status, error } = message;
  const seconds = useSecondsUntil(error?.retryAt ? Date.parse(error.retryAt) : 0);
  if (status === "STOPPED") return <p className={css.hint}>Stopped.</p>;
  if (error === null) return null;
  return (
    <div className={css.fault} role="alert">
      <p>{error.message}</p>
      {error.retryable && (
        <Button disabled={busy || seconds > 0} onClick={onRetry}>
          {seconds > 0 ? `Try again in ${seconds} s` : "Try again"}
        </Button>
      )}
    </div>
  );
}
