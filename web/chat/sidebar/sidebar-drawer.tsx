import { Dialog } from "@base-ui/react/dialog";
import css from "./sidebar-drawer.module.css";
import { Sidebar } from "./sidebar.tsx";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** On a phone the rooms come over the page. They go when one was chosen. */
export function SidebarDrawer({ open, onOpenChange }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css.backdrop} />
        <Dialog.Popup className={css.drawer} aria-label="Chats">
          <Sidebar className={css.sidebar ?? ""} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
