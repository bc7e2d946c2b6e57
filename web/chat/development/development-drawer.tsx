import { Dialog } from "@base-ui/react/dialog";
import { Skull, Unplug, X } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { useServices } from "../app/services.tsx";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import css from "./development-drawer.module.css";
import { useAction } from "../ui/use-action.ts";
import { EventRow } from "./event-row.tsx";
import type { EventLog } from "./event-log.ts";
import { killWorker } from "./kill-worker.ts";

type Props = { log: EventLog; open: boolean; onOpenChange: (open: boolean) => void };

/** What the page hears over its socket, with positions; and ways to take the socket or the workers away. The page stays usable. */
export function DevelopmentDrawer({ log, open, onOpenChange }: Props) {
  const { socket, connection } = useServices();
  const events = useSyncExternalStore(log.subscribe, log.getEvents);
  const state = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  const kill = useAction(killWorker);
  const [shown, setShown] = useState<number | null>(null);
  return (
    <Dialog.Root modal={false} disablePointerDismissal open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Popup className={css.drawer}>
          <header className={css.head}>
            <Dialog.Title className={css.title}>Events</Dialog.Title>
            <span className={css.state} data-state={state}>
              {state}
            </span>
            <Button onClick={() => socket.terminate()}>
              <Unplug />
              Cut the connection
            </Button>
            <Button disabled={kill.busy} onClick={() => void kill.run()}>
              <Skull />
              Kill the worker
            </Button>
            <Dialog.Close render={<IconButton label="Close" />}>
              <X />
            </Dialog.Close>
          </header>
          {kill.error !== null && <p role="alert">{kill.error}</p>}
          {events.length === 0 ? (
            <EmptyState title="Nothing yet" text="What happens to the account and its chats comes here." />
          ) : (
            <ol className={css.list} reversed>
              {events.map((event) => (
                <EventRow
                  key={event.id}
                  event={event}
                  open={shown === event.id}
                  onToggle={() => setShown(shown === event.id ? null : event.id)}
                />
              ))}
            </ol>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
