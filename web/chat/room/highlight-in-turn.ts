import type { RootContent } from "hast";

/** Time without a pause for what else the page has to do, in milliseconds. */
const SLICE_MS = 8;

let last: Promise<unknown> = Promise.resolve();
let sliceEnd = 0;

/**
 * Colours code, one block after the other and in slices of time: a long reply has hundreds.
 *
 * @param isWanted asked when its turn has come
 * @returns undefined for a language that nobody knows, for what is not wanted any more, and while the highlighter cannot be loaded
 */
export function highlightInTurn(
  code: string,
  language: string,
  isWanted: () => boolean,
): Promise<RootContent[] | undefined> {
  const turn = last.then(async () => {
    if (!isWanted()) return undefined;
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceEnd = performance.now() + SLICE_MS;
    }
    const highlighter = await import("./highlight.ts").catch(() => null);
    return isWanted() ? highlighter?.highlight(code, language) : undefined;
  });
  last = turn;
  return turn;
}
