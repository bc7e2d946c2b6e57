import { useSyncExternalStore } from "react";
import { useServices } from "../app/services.tsx";
import type { SessionState } from "./session.ts";

export function useSession(): SessionState {
  const { session } = useServices();
  return useSyncExternalStore(session.subscribe, session.getState);
}
