import css from "./message.module.css";
import type { Sending } from "./use-send.ts";

/** What was sent and has not been answered for yet. */
export const SentMessages = ({ messages }: { messages: readonly Sending[] }) =>
  messages.map(({ clientId, content }) => (
    <article key={clientId} className={css.user} aria-label="You, being sent">
      <p className={css.bubble} dir="auto" data-sending>
        {content}
      </p>
    </article>
  ));
