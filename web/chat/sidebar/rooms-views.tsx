import { ArrowLeft } from "lucide-react";
import { useMemo } from "react";
import { Button } from "../ui/button.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useNow } from "../ui/use-now.ts";
import { groupByDay, type Line } from "./group-by-day.ts";
import { RoomList } from "./room-list.tsx";
import css from "./rooms-views.module.css";
import { useRoomActions } from "./use-room-actions.ts";
import { useRooms, type Rooms } from "./use-rooms.ts";

const toLines = (rooms: Rooms["rooms"]): Line[] => (rooms ?? []).map((room) => ({ kind: "room", room }));

/** Pinned rooms, and the others by day. */
export function OpenRooms() {
  const pinned = useRooms({ pinned: true });
  const others = useRooms({ pinned: false });
  const now = useNow(60_000);
  const lines = useMemo(() => {
    const heading: Line[] = pinned.rooms?.length ? [{ kind: "heading", text: "Pinned" }] : [];
    return [...heading, ...toLines(pinned.rooms), ...groupByDay(others.rooms ?? [], new Date(now))];
  }, [pinned.rooms, others.rooms, now]);
  return (
    <View
      label="Chats"
      lists={[pinned, others]}
      lines={lines}
      empty="No chats yet. What you ask is kept here."
      onEnd={() => {
        pinned.loadMore();
        if (!pinned.hasMore) others.loadMore();
      }}
    />
  );
}

export function FoundRooms({ text }: { text: string }) {
  const found = useRooms({ titleContains: text });
  const lines = useMemo(() => toLines(found.rooms), [found.rooms]);
  return (
    <View
      label="Chats that were found"
      lists={[found]}
      lines={lines}
      empty={`No title contains “${text}”.`}
      onEnd={found.loadMore}
    />
  );
}

export function ArchivedRooms({ onLeave }: { onLeave: () => void }) {
  const archived = useRooms({ archived: true });
  const lines = useMemo(() => toLines(archived.rooms), [archived.rooms]);
  return (
    <>
      <div className={css.back}>
        <Button kind="quiet" onClick={onLeave}>
          <ArrowLeft />
          Archive
        </Button>
      </div>
      <View
        label="Archived chats"
        lists={[archived]}
        lines={lines}
        empty="The archive is empty."
        onEnd={archived.loadMore}
      />
    </>
  );
}

type ViewProps = { label: string; lists: readonly Rooms[]; lines: readonly Line[]; empty: string; onEnd: () => void };

function View({ label, lists, lines, empty, onEnd }: ViewProps) {
  const actions = useRoomActions();
  const failed = lists.filter((list) => list.failed);
  if (failed.length > 0)
    return (
      <div className={css.note} role="alert">
        <p>The chats could not be read.</p>
        <Button onClick={() => failed.forEach((list) => list.retry())}>Try again</Button>
      </div>
    );
  if (lists.some(({ rooms }) => rooms === undefined))
    return (
      <div className={css.loading}>
        <Skeleton lines={8} />
      </div>
    );
  if (lines.length === 0) return <p className={css.note}>{empty}</p>;
  const hasMore = lists.some((list) => list.hasMore);
  return <RoomList label={label} lines={lines} hasMore={hasMore} actions={actions} onEnd={onEnd} />;
}
