import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { Line } from "./group-by-day.ts";
import css from "./room-list.module.css";
import { RoomRow } from "./room-row.tsx";
import type { RoomActions } from "./use-room-actions.ts";

type Props = { label: string; lines: readonly Line[]; actions: RoomActions; onEnd: () => void };

/** Heights in pixels, as in the style. */
const ROW = 38;
const HEADING = 34;
/** So many lines before the end the next page is asked for. */
const AHEAD = 15;

/** A list of any length: only what is in sight is in the page. Arrow keys go from room to room. */
export function RoomList({ label, lines, actions, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (lines[index]?.kind === "heading" ? HEADING : ROW),
    getItemKey: (index) => keyOf(lines[index], index),
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => virtualizer.measure(), [virtualizer, lines]);
  useEffect(() => {
    if (last >= lines.length - AHEAD) onEnd();
  });
  return (
    <div ref={scroller} className={css.scroller}>
      <div role="list" aria-label={label} className={css.list} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, key, start, size }) => {
          const line = lines[index];
          if (!line) return null;
          return (
            <div
              key={key}
              role="listitem"
              className={css.line}
              style={{ height: size, transform: `translateY(${start}px)` }}
            >
              {line.kind === "heading" ? (
                <h2 className={css.heading}>{line.text}</h2>
              ) : (
                <RoomRow room={line.room} actions={actions} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const keyOf = (line: Line | undefined, index: number): string | number => {
  if (!line) return index;
  return line.kind === "room" ? line.room.id : line.text;
};
