import { Menu, SquarePen } from "lucide-react";
import { useLocation } from "wouter";
import { IconButton } from "../ui/icon-button.tsx";
import { routes } from "./routes.ts";
import css from "./top-bar.module.css";

/** On a phone: the way to the rooms and to a new one. */
export function TopBar({ onMenu }: { onMenu: () => void }) {
  const [, navigate] = useLocation();
  return (
    <header className={css.bar}>
      <IconButton label="Open the list of chats" onClick={onMenu}>
        <Menu />
      </IconButton>
      <IconButton label="New chat" onClick={() => navigate(routes.newChat)}>
        <SquarePen />
      </IconButton>
    </header>
  );
}
