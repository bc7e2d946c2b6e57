/** How the page hears of changes: at once, soon again, or not at all until the device has a network. */
export type ConnectionState = "live" | "reconnecting" | "offline";

export type Connection = Readonly<{
  getState(): ConnectionState;
  subscribe(listener: () => void): () => void;
  set(connected: boolean): void;
  /** Resolves after so many milliseconds, or at once when the network is back or somebody looks at the page. */
  waitToRetry(ms: number): Promise<void>;
}>;

export function createConnection(): Connection {
  const listeners = new Set<() => void>();
  let connected = false;
  let state = read();

  function read(): ConnectionState {
    if (!navigator.onLine) return "offline";
    return connected ? "live" : "reconnecting";
  }
  const update = () => {
    const next = read();
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  window.addEventListener("online", update);
  window.addEventListener("offline", update);

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(now) {
      connected = now;
      update();
    },
    waitToRetry: (ms) =>
      new Promise((resolve) => {
        const ended = new AbortController();
        const end = () => {
          clearTimeout(timer);
          ended.abort();
          resolve();
        };
        const timer = setTimeout(end, ms);
        window.addEventListener("online", end, { signal: ended.signal });
        document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && end(), {
          signal: ended.signal,
        });
      }),
  };
}
