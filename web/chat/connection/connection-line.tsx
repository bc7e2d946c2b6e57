import { CloudOff, LoaderCircle } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useServices } from "../app/services.tsx";
import { useDebounced } from "../ui/use-debounced.ts";
import css from "./connection-line.module.css";

/** A moment without a connection is nobody's business. */
const SILENT_MS = 1_500;

/** Says that the page is not live, while it is not. A screen reader hears both, and that it is live again. */
export function ConnectionLine() {
  const { connection } = useServices();
  const now = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  const settled = useDebounced(now, SILENT_MS);
  const state = now === "live" ? "live" : settled;
  return (
    <div role="status" className={css.line} data-state={state}>
      {state === "offline" && (
        <>
          <CloudOff aria-hidden="true" /> Offline. You can read what is here.
        </>
      )}
      {state === "reconnecting" && (
        <>
          <LoaderCircle aria-hidden="true" className={css.turning ?? ""} /> Reconnecting…
        </>
      )}
      {state === "live" && <span className="visually-hidden">Connected</span>}
    </div>
  );
}
