import type { NumberedSource } from "./cite-marks.ts";
import css from "./sources.module.css";

/** The pages that a reply rests on, by the numbers in its text. */
export const Sources = ({ sources }: { sources: readonly NumberedSource[] }) =>
  sources.length > 0 && (
    <ol className={css.sources} aria-label="Sources">
      {sources.map(({ number, title, uri }) => (
        <li key={uri}>
          <a href={uri} target="_blank" rel="noopener noreferrer nofollow">
            <span className={css.number}>{number}</span>
            <span className={css.title}>{title ?? uri}</span>
          </a>
        </li>
      ))}
    </ol>
  );
