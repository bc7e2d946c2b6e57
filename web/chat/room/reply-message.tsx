import { Copy, GitFork, RefreshCw, ThumbsDown, ThumbsUp } from "lucide-react";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { BranchSwitch } from "./branch-switch.tsx";
import css from "./message.module.css";
import { ReplyFault } from "./reply-fault.tsx";
import { ReplyBody } from "./reply-body.tsx";
import type { MessageActions } from "./use-message-actions.ts";
import { isRunning } from "./running-reply.ts";
import { useCopied } from "./use-copied.ts";

type Props = { message: MessageViewFragment; actions: MessageActions; busy: boolean };

export function ReplyMessage({ message, actions, busy }: Props) {
  const { id } = message;
  return (
    <article className={css.answer} aria-label="The reply">
      <ReplyBody message={message} />
      {!isRunning(message) && (
        <>
          <ReplyFault message={message} onRetry={() => actions.retry(id)} busy={busy} />
          <ReplyActions message={message} actions={actions} busy={busy} />
        </>
      )}
    </article>
  );
}

function ReplyActions({ message, actions, busy }: Props) {
  const { copied, copy } = useCopied();
  const { id, rating, content } = message;
  const rate = (value: "UP" | "DOWN") => actions.rate(id, rating?.value === value ? null : value);
  return (
    <footer className={css.actions}>
      <BranchSwitch siblings={message.siblings} onSelect={actions.select} />
      {content !== "" && (
        <IconButton label={copied ? "Copied" : "Copy"} onClick={() => copy(content)}>
          <Copy />
        </IconButton>
      )}
      <IconButton label="Write another reply" disabled={busy} onClick={() => actions.regenerate(id)}>
        <RefreshCw />
      </IconButton>
      <IconButton label="Continue in a new chat" onClick={() => actions.fork(id)}>
        <GitFork />
      </IconButton>
      <IconButton label="Good reply" aria-pressed={rating?.value === "UP"} onClick={() => rate("UP")}>
        <ThumbsUp />
      </IconButton>
      <IconButton label="Bad reply" aria-pressed={rating?.value === "DOWN"} onClick={() => rate("DOWN")}>
        <ThumbsDown />
      </IconButton>
    </footer>
  );
}
