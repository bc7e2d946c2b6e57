import css from "./skeleton.module.css";

const WIDTHS = ["72%", "54%", "81%", "46%", "66%", "58%", "76%", "50%"];

/** Up to eight lines where text will be, while it is on its way; nothing for a moment, so that a quick answer flashes nothing. */
export const Skeleton = ({ lines }: { lines: number }) => (
  <div className={css.skeleton} role="status" aria-label="Loading">
    {WIDTHS.slice(0, lines).map((width) => (
      <span key={width} style={{ width }} />
    ))}
  </div>
);
