import type { Virtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, type KeyboardEvent } from "react";
import type { Line } from "./group-by-day.ts";

type Options = Readonly<{
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  lines: readonly Line[];
  /** There are rooms after the last line, which come when it is in sight. */
  hasMore: boolean;
}>;

type RoomKeys = Readonly<{
  /** For the keys of a line, which has its index as `data-index`. */
  onKey(event: KeyboardEvent<HTMLElement>): void;
  /** The person does something else. */
  stop(): void;
}>;

/**
 * Arrow keys, Home and End go from room to room, also to those that are not in the page. End goes on until the oldest room is
 * there, unless another key or the pointer stops it.
 */
export function useRoomKeys({ virtualizer, lines, hasMore }: Options): RoomKeys {
  const target = useRef<number | "end" | null>(null);
  const known = useRef(lines);
  const go = useCallback(() => {
    if (target.current === null) return;
    const index = target.current === "end" ? known.current.length - 1 : target.current;
    const link = virtualizer.scrollElement?.querySelector<HTMLElement>(`[data-index="${index}"] [data-room-link]`);
    virtualizer.scrollToIndex(index);
    // A line that is far away is there when it has been scrolled to.
    link?.focus({ preventScroll: true });
    if (link && target.current !== "end") target.current = null;
  }, [virtualizer]);

  useEffect(() => {
    known.current = lines;
    go();
    if (!hasMore && document.activeElement?.closest(`[data-index="${lines.length - 1}"]`)) target.current = null;
  });

  const onKey = useCallback(
    (event: KeyboardEvent<HTMLElement>) => {
      const at = Number(event.currentTarget.closest<HTMLElement>("[data-index]")?.dataset["index"]);
      const next = targetOf(event.key, known.current, at);
      target.current = next ?? null;
      if (next === undefined) return;
      event.preventDefault();
      go();
    },
    [go],
  );
  const stop = useCallback(() => {
    target.current = null;
  }, []);
  return { onKey, stop };
}

/** @returns undefined for another key, null where there is no further room */
function targetOf(key: string, lines: readonly Line[], at: number): number | "end" | null | undefined {
  const find = (from: number, step: 1 | -1): number | null => {
    let index = from;
    while (lines[index]?.kind === "heading") index += step;
    return lines[index] ? index : null;
  };
  switch (key) {
    case "ArrowDown":
      return find(at + 1, 1);
    case "ArrowUp":
      return find(at - 1, -1);
    case "Home":
      return find(0, 1);
    case "End":
      return "end";
    default:
      return undefined;
  }
}
