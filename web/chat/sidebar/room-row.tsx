import { useState } from "react";
import { Link, useRoute } from "wouter";
import { routes } from "../app/routes.ts";
import type { RoomRowFragment } from "../../generated/graphql/graphql.ts";
import { runningReply } from "../room/running-reply.ts";
import { moveAmongRooms } from "./move-among-rooms.ts";
import { RenameField } from "./rename-field.tsx";
import { RoomMenu } from "./room-menu.tsx";
import css from "./room-row.module.css";
import type { RoomActions } from "./use-room-actions.ts";

type Props = { room: RoomRowFragment; actions: RoomActions };

/** A room in a list: the way to it, what is new there, and what can be done with it. F2 renames, Delete deletes. */
export function RoomRow({ room, actions }: Props) {
  const [open] = useRoute(routes.room(room.id));
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
          moveAmongRooms(event);
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
      <RoomMenu room={room} actions={actions} onRename={() => setRenaming(true)} />
    </div>
  );
}
