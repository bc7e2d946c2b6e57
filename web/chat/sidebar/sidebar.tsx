import { SquarePen } from "lucide-react";
import { useLocation } from "wouter";
import { routes } from "../app/routes.ts";
import { useServices } from "../app/services.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Logo } from "../ui/logo.tsx";
import css from "./sidebar.module.css";

export function Sidebar({ className }: { className: string }) {
  const [, navigate] = useLocation();
  const { session } = useServices();
  return (
    <nav className={`${css.sidebar} ${className}`} aria-label="Chats">
      <header className={css.head}>
        <Logo size={24} />
        <strong className={css.name}>Colloquy</strong>
        <IconButton label="New chat" onClick={() => navigate(routes.newChat)}>
          <SquarePen />
        </IconButton>
      </header>
      <div className={css.list} />
      <footer className={css.foot}>
        <button type="button" onClick={() => void session.signOut()}>
          Sign out
        </button>
      </footer>
    </nav>
  );
}
