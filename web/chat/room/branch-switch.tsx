import { ChevronLeft, ChevronRight } from "lucide-react";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { IconButton } from "../ui/icon-button.tsx";
import css from "./message.module.css";

type Props = { siblings: MessageViewFragment["siblings"]; onSelect: (messageId: string) => void };

/** Leads to what was said here instead. */
export function BranchSwitch({ siblings, onSelect }: Props) {
  const { index, total, previousId, nextId } = siblings;
  if (total < 2) return null;
  return (
    <span className={css.branches} role="group" aria-label="Versions of this message">
      <IconButton
        label="Version before"
        disabled={previousId === null}
        onClick={() => previousId && onSelect(previousId)}
      >
        <ChevronLeft />
      </IconButton>
      <span>
        {index + 1}/{total}
      </span>
      <IconButton label="Version after" disabled={nextId === null} onClick={() => nextId && onSelect(nextId)}>
        <ChevronRight />
      </IconButton>
    </span>
  );
}
