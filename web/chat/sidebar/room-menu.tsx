import { Archive, ArchiveRestore, Ellipsis, MailCheck, MailOpen, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import type { RoomRowFragment } from "../../generated/graphql/graphql.ts";
import { ActionMenu, MenuItem, MenuSeparator } from "../ui/menu.tsx";
import iconButton from "../ui/icon-button.module.css";
import css from "./room-row.module.css";
import type { RoomActions } from "./use-room-actions.ts";

type Props = { room: RoomRowFragment; actions: RoomActions; onRename: () => void };

export function RoomMenu({ room, actions, onRename }: Props) {
  const pinned = room.pinnedAt != null;
  const archived = room.archivedAt != null;
  return (
    <ActionMenu
      trigger={
        <button type="button" className={`${iconButton.button} ${css.menu}`} aria-label={`Options of ${room.title}`}>
          <Ellipsis />
        </button>
      }
    >
      <MenuItem icon={pinned ? <PinOff /> : <Pin />} onSelect={() => actions.setPinned(room, !pinned)}>
        {pinned ? "Unpin" : "Pin"}
      </MenuItem>
      <MenuItem icon={<Pencil />} onSelect={onRename}>
        Rename
      </MenuItem>
      <MenuItem
        icon={room.unread ? <MailOpen /> : <MailCheck />}
        onSelect={() => actions.setUnread(room, !room.unread)}
      >
        {room.unread ? "Mark as read" : "Mark as unread"}
      </MenuItem>
      <MenuItem
        icon={archived ? <ArchiveRestore /> : <Archive />}
        onSelect={() => actions.setArchived(room, !archived)}
      >
        {archived ? "Take out of the archive" : "Archive"}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger onSelect={() => actions.remove(room)}>
        Delete
      </MenuItem>
    </ActionMenu>
  );
}
