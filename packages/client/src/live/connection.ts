import { createValue, type Store } from "../store.ts";
import { isOffline, onNetworkChange } from "./waking.ts";

/**
 * How a client hears of changes: not yet, at once, soon again, or not until the device has a network. It is `connecting`
 * while nothing is watched.
 */
export type ConnectionState = "connecting" | "live" | "reconnecting" | "offline";

export type Connection = Store<ConnectionState> &
  Readonly<{ set(state: Exclude<ConnectionState, "offline">): void; close(): void }>;

/** @param onOnline called when the device has its network back: a connection of before is as good as dead */
export function createConnection(onOnline: () => void): Connection {
  let state: Exclude<ConnectionState, "offline"> = "connecting";
  const read = () => (isOffline() ? "offline" : state);
  const value = createValue<ConnectionState>(read());
  let closed = false;
  const leave = onNetworkChange(() => {
    const wasOffline = value.getSnapshot() === "offline";
    if (wasOffline && !isOffline() && state === "live") onOnline();
    value.set(read());
  });
  return {
    getSnapshot: value.getSnapshot,
    subscribe: value.subscribe,
    set(next) {
      if (closed) return;
      state = next;
      value.set(read());
    },
    close() {
      closed = true;
      leave();
    },
  };
}
