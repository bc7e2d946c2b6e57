import { useMemo, useState } from "react";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { SourcesContext } from "./cite-mark.tsx";
import { numberSources } from "./cite-marks.ts";
import { LiveNotes } from "./live-notes.tsx";
import css from "./message.module.css";
import { livePiecesOf, piecesOf, ReplyParts } from "./reply-parts.tsx";
import { isRunning } from "./running-reply.ts";
import { SearchSuggestions } from "./search-suggestions.tsx";
import { Sources } from "./sources.tsx";
import { beginReply, useLiveReply, type LiveReply } from "./use-live-reply.ts";

/** What a reply consists of, in order, while it is written and afterwards: nothing is made anew when it ends. */
export function ReplyBody({ message }: { message: MessageViewFragment }) {
  const [heard, setHeard] = useState<LiveReply | null>(null);
  const running = isRunning(message);
  const live = useMemo(() => (running ? (heard ?? beginReply(message)) : null), [running, heard, message]);
  const sources = useMemo(() => numberSources(message.citations), [message.citations]);
  const pieces = useMemo(() => (live ? livePiecesOf(live) : piecesOf(message, sources)), [live, message, sources]);
  return (
    <div className={css.reply} data-growing={running || undefined} aria-busy={running || undefined}>
      <SourcesContext value={sources}>
        <ReplyParts pieces={pieces} growing={running} />
      </SourcesContext>
      {live ? (
        <>
          <LiveNotes reply={live} nextTryAt={message.nextTryAt ?? null} begun={pieces.length > 0} />
          <Follow message={message} onHeard={setHeard} />
        </>
      ) : (
        <>
          <Sources sources={sources} />
          {message.parts.map(
            (part) =>
              part.__typename === "SearchPart" &&
              part.suggestionsHtml !== null && (
                <SearchSuggestions key={part.suggestionsHtml} html={part.suggestionsHtml} />
              ),
          )}
        </>
      )}
    </div>
  );
}

/** Follows the reply for as long as it is there. */
function Follow({ message, onHeard }: { message: MessageViewFragment; onHeard: (reply: LiveReply | null) => void }) {
  useLiveReply(message, onHeard);
  return null;
}
