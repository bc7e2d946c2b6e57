import { useEffect } from "react";
import { useLocation } from "wouter";
import { routes } from "./routes.ts";

/** Ctrl+Shift+O, or ⌘⇧O, begins a new chat. */
export function useNewChatKey(): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "o" || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      navigate(routes.newChat);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate]);
}
