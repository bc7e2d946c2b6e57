import { createContext, use } from "react";
import css from "./sources.module.css";
import type { NumberedSource } from "./cite-marks.ts";

/** The sources that the numbers in a reply's text name. */
export const SourcesContext = createContext<readonly NumberedSource[]>([]);

export function CiteMark({ numbers }: { numbers: readonly number[] }) {
  const sources = use(SourcesContext);
  return numbers.map((number) => {
    const source = sources.find((each) => each.number === number);
    return (
      source && (
        <a
          key={number}
          className={css.mark}
          href={source.uri}
          target="_blank"
          rel="noopener noreferrer nofollow"
          title={source.title ?? source.uri}
          aria-label={`Source ${number}: ${source.title ?? source.uri}`}
        >
          {number}
        </a>
      )
    );
  });
}
