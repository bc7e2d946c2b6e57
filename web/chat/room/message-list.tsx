import { ArrowDown } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../ui/icon-button.tsx";
import { ScrollBox } from "../ui/scroll-box.tsx";
import { Spinner } from "../ui/spinner.tsx";
import css from "./message-list.module.css";
import { useFollowEnd } from "./use-follow-end.ts";

type Props = {
  /** Changes with what was sent here: the reader then wants to see the end. */
  sent: number;
  hasOlder: boolean;
  loadingOlder: boolean;
  onOlder: () => void;
  children: ReactNode;
};

/** The messages, scrolled to their end for as long as the reader does not scroll up. */
export function MessageList({ sent, hasOlder, loadingOlder, onOlder, children }: Props) {
  const { scroller, content, atEnd, toEnd } = useFollowEnd({ sent, onTop: hasOlder ? onOlder : undefined });
  return (
    <div className={css.frame}>
      <ScrollBox ref={scroller} className={css.scroller} aria-label="Messages">
        <div ref={content} className={css.content}>
          {loadingOlder && (
            <div className={css.older}>
              <Spinner />
            </div>
          )}
          {children}
        </div>
      </ScrollBox>
      {!atEnd && (
        <IconButton label="Go to the newest message" className={css.down} onClick={toEnd}>
          <ArrowDown />
        </IconButton>
      )}
    </div>
  );
}
