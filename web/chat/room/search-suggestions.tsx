import { useRef } from "react";
import { apiUrl } from "../app/addresses.ts";
import css from "./sources.module.css";

/**
 * Google wants its suggestions shown as they are. They stand in a document of their own (`web/suggestions.html`), where by its
 * policy and by `sandbox` no script runs and nothing is loaded. It is of the same origin, so that its height can be read.
 */
export function SearchSuggestions({ html }: { html: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const fill = () => {
    const element = frame.current;
    const inner = element?.contentDocument;
    if (!inner) return;
    inner.documentElement.style.colorScheme = getComputedStyle(element).colorScheme;
    inner.body.innerHTML = html;
    new ResizeObserver(() => {
      element.height = `${inner.documentElement.offsetHeight}`;
    }).observe(inner.documentElement);
  };
  return (
    <iframe
      ref={frame}
      className={css.suggestions}
      title="Search suggestions by Google"
      src={apiUrl("suggestions")}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      height={0}
      onLoad={fill}
    />
  );
}
