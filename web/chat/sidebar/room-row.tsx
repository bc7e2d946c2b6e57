import { memo, useState, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { routes } from "../app/routes.ts";
import type { RoomRowFragment } from "../../generated/graphql/graphql.ts";
import { runningReply } from "../room/running-reply.ts";
import { RenameField } from "./rename-field.tsx";
import { RoomMenuButton, type RoomMenuHandle } from "./room-menu.tsx";
import css from "./room-row.module.css";
import type { RoomActions } from "./use-room-actions.ts";

type Props = {
  room: RoomRowFragment;
  /** It is the one that the page shows. */
  open: boolean;
  actions: RoomActions;
  menu: RoomMenuHandle;
  /** Goes to another room by keys. */
  onKey: (event: KeyboardEvent<HTMLElement>) => void;
};

/** A room in a list: the way to it, what is new there, and what can be done with it. F2 renames, Delete deletes. */
export const RoomRow = memo(({ room, open, actions, menu, onKey }: Props) => {
  const [renaming, setRenaming] = useState(false);
  if (renaming)
    return (
      <RenameField
        title={room.title}
        onRename={(title) => actions.rename(room, title)}
        onDone={() => setRenaming(false)}
      />
    );
  const running = runningReply(room) !== null;
  return (
    <div className={css.row} data-open={open || undefined}>
      <Link
        href={routes.room(room.id)}
        className={css.link ?? ""}
        aria-current={open ? "page" : undefined}
        data-unread={room.unread || undefined}
        data-room-link=""
        onKeyDown={(event) => {
          onKey(event);
          if (event.key === "F2") setRenaming(true);
          if (event.key === "Delete") actions.remove(room);
        }}
      >
        <span className={css.title} dir="auto">
          {room.title}
        </span>
        {running && <span className={css.running} role="img" aria-label="A reply is being written" />}
        {!running && room.unread && <span className={css.unread} role="img" aria-label="Unread" />}
      </Link>
      <RoomMenuButton menu={menu} room={room} onRename={() => setRenaming(true)} />
    </div>
  );
});
