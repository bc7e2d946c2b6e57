/** What a browser has and Node may lack. */
type Host = {
  navigator?: { onLine?: boolean };
  addEventListener?: Listen;
  removeEventListener?: Listen;
  document?: { visibilityState?: string; addEventListener: Listen; removeEventListener: Listen };
};
type Listen = (type: string, listener: () => void) => void;

const host = globalThis as Host;

/** Whether the device says that it has no network. */
export const isOffline = (): boolean => host.navigator?.onLine === false;

/** Calls when the device gets or loses its network. @returns ends that */
export function onNetworkChange(listener: () => void): () => void {
  for (const type of ["online", "offline"]) host.addEventListener?.(type, listener);
  return () => {
    for (const type of ["online", "offline"]) host.removeEventListener?.(type, listener);
  };
}

/**
 * Waits, but no longer than until the network is back, or somebody looks at the page again: timers of a hidden page run
 * late.
 *
 * @param leastMs what the server asked to wait: nothing ends it earlier
 * @returns ends the wait without a call
 */
export function wait(ms: number, then: () => void, leastMs = 0): () => void {
  const startedAt = Date.now();
  const stop = () => {
    clearTimeout(timer);
    host.removeEventListener?.("online", wake);
    host.document?.removeEventListener("visibilitychange", look);
  };
  const end = () => {
    stop();
    then();
  };
  const wake = () => {
    if (Date.now() - startedAt >= leastMs) end();
  };
  const look = () => {
    if (host.document?.visibilityState === "visible") wake();
  };
  const timer = setTimeout(end, ms);
  host.addEventListener?.("online", wake);
  host.document?.addEventListener("visibilitychange", look);
  return stop;
}

const MAX_WAIT_MS = 30_000;

/**
 * At once after the first failure: most are a restart, an expired token or a change of network. Then ever longer, up to
 * half a minute. Always by chance, so that all the clients of a server that has stopped do not come at one moment.
 */
export function backOff(failures: number): number {
  if (failures === 0) return Math.random() * 250;
  return Math.min(500 * 2 ** failures, MAX_WAIT_MS) * (0.5 + Math.random() / 2);
}
