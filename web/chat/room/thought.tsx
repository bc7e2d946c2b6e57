import { ChevronRight } from "lucide-react";
import { useState } from "react";
import css from "./thought.module.css";

type Props = {
  text: string;
  /** How long the model thought; null where nobody knows. */
  durationMs: number | null;
  thinking?: boolean;
  truncated?: boolean;
};

/** What the model thought: folded, as it is no part of the answer. */
export function Thought({ text, durationMs, thinking = false, truncated = false }: Props) {
  const [open, setOpen] = useState(false);
  const label = thinking ? "Thinking…" : durationMs === null ? "Thoughts" : `Thought for ${describeTime(durationMs)}`;
  return (
    <div className={css.thought}>
      <button type="button" className={css.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight aria-hidden className={css.chevron} data-open={open || undefined} />
        <span className={thinking ? css.shimmer : ""}>{label}</span>
      </button>
      {open && (
        <div className={css.text} dir="auto">
          {text}
          {truncated && " …"}
        </div>
      )}
    </div>
  );
}

function describeTime(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
