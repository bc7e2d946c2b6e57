import { SquarePen } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useLocation } from "wouter";
import { AccountMenu } from "../account/account-menu.tsx";
import { routes } from "../app/routes.ts";
import { DevelopmentTools } from "../development/development-tools.tsx";
import { ConnectionLine } from "../connection/connection-line.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Logo } from "../ui/logo.tsx";
import { useDebounced } from "../ui/use-debounced.ts";
import { ArchivedRooms, FoundRooms, OpenRooms } from "./rooms-views.tsx";
import { SearchField } from "./search-field.tsx";
import css from "./sidebar.module.css";

const SEARCH_AFTER_MS = 150;

/** The rooms: pinned ones, the others by day, found ones, or the archive. */
export function Sidebar({ className }: { className: string }) {
  const [, navigate] = useLocation();
  const [search, setSearch] = useState("");
  const [archive, setArchive] = useState(false);
  const wanted = useDeferredValue(useDebounced(search.trim(), SEARCH_AFTER_MS));
  return (
    <nav className={`${css.sidebar} ${className}`} aria-label="Chats">
      <header className={css.head}>
        <Logo size={26} />
        <strong className={css.name}>Colloquy</strong>
        <DevelopmentTools />
        <IconButton label="New chat" onClick={() => navigate(routes.newChat)}>
          <SquarePen />
        </IconButton>
      </header>
      <SearchField value={search} onChange={setSearch} />
      <Rooms wanted={wanted} archive={archive} onLeaveArchive={() => setArchive(false)} />
      <ConnectionLine />
      <footer className={css.foot}>
        <AccountMenu onArchive={() => setArchive(true)} />
      </footer>
    </nav>
  );
}

type RoomsProps = { wanted: string; archive: boolean; onLeaveArchive: () => void };

function Rooms({ wanted, archive, onLeaveArchive }: RoomsProps) {
  if (wanted !== "") return <FoundRooms text={wanted} />;
  return archive ? <ArchivedRooms onLeave={onLeaveArchive} /> : <OpenRooms />;
}
