import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, useState } from "react";
import { useRoute } from "wouter";
import { routes } from "../app/routes.ts";
import type { Line } from "./group-by-day.ts";
import css from "./room-list.module.css";
import { createRoomMenu, RoomMenu } from "./room-menu.tsx";
import { RoomRow } from "./room-row.tsx";
import type { RoomActions } from "./use-room-actions.ts";
import { useRoomKeys } from "./use-room-keys.ts";

type Props = {
  label: string;
  lines: readonly Line[];
  hasMore: boolean;
  actions: RoomActions;
  /** More lines are wanted. */
  onEnd: () => void;
};

/** Heights in pixels, as in the style. */
const ROW = 38;
const HEADING = 34;
/** So many lines before the end the next page is asked for. */
const AHEAD = 15;

/** A list of any length: only what is in sight is in the page. */
export function RoomList({ label, lines, hasMore, actions, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [menu] = useState(createRoomMenu);
  const [, shown] = useRoute<{ id: string }>(routes.room(":id"));
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (lines[index]?.kind === "heading" ? HEADING : ROW),
    // All lines are laid out again when this is another function.
    getItemKey: useCallback((index) => keyOf(lines[index], index), [lines]),
    overscan: 8,
  });
  const { onKey, stop } = useRoomKeys({ virtualizer, lines, hasMore });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= lines.length - AHEAD) onEnd();
  });
  return (
    <div ref={scroller} className={css.scroller} onWheel={stop} onPointerDown={stop}>
      <div role="list" aria-label={label} className={css.list} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, key, start, size }) => {
          const line = lines[index];
          if (!line) return null;
          return (
            <div
              key={key}
              role="listitem"
              className={css.line}
              data-index={index}
              style={{ height: size, transform: `translateY(${start}px)` }}
            >
              {line.kind === "heading" ? (
                <h2 className={css.heading}>{line.text}</h2>
              ) : (
                <RoomRow
                  room={line.room}
                  open={line.room.id === shown?.id}
                  actions={actions}
                  menu={menu}
                  onKey={onKey}
                />
              )}
            </div>
          );
        })}
      </div>
      <RoomMenu menu={menu} actions={actions} />
    </div>
  );
}

const keyOf = (line: Line | undefined, index: number): string | number => {
  if (!line) return index;
  return line.kind === "room" ? line.room.id : line.text;
};
