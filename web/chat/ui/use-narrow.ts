import { useSyncExternalStore } from "react";

const narrow = window.matchMedia("(max-width: 47.99rem)");

/** Whether the window has no room for the sidebar beside the conversation. */
export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => narrow.matches);

function subscribe(onChange: () => void): () => void {
  narrow.addEventListener("change", onChange);
  return () => narrow.removeEventListener("change", onChange);
}
