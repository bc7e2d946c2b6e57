import { Menu } from "@base-ui/react/menu";
import { Archive, ArchiveRestore, Ellipsis, MailCheck, MailOpen, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import type { RoomRowFragment } from "../../generated/graphql/graphql.ts";
import iconButton from "../ui/icon-button.module.css";
import { MenuItem, MenuSeparator, SharedMenu } from "../ui/menu.tsx";
import css from "./room-row.module.css";
import type { RoomActions } from "./use-room-actions.ts";

type Subject = { room: RoomRowFragment; onRename: () => void };
export type RoomMenuHandle = Menu.Handle<Subject>;
export const createRoomMenu = (): RoomMenuHandle => Menu.createHandle<Subject>();

export const RoomMenuButton = ({ menu, ...subject }: Subject & { menu: RoomMenuHandle }) => (
  <Menu.Trigger
    handle={menu}
    payload={subject}
    className={`${iconButton.button} ${css.menu}`}
    aria-label={`Options of ${subject.room.title}`}
  >
    <Ellipsis />
  </Menu.Trigger>
);

/** What can be done with a room; one for all rows of a list. */
export const RoomMenu = ({ menu, actions }: { menu: RoomMenuHandle; actions: RoomActions }) => (
  <SharedMenu handle={menu}>
    {({ room, onRename }) => {
      const pinned = room.pinnedAt != null;
      const archived = room.archivedAt != null;
      return (
        <>
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
        </>
      );
    }}
  </SharedMenu>
);
