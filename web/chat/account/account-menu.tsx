import { useQuery } from "@apollo/client/react";
import { Archive, LogOut, Settings, UserRound } from "lucide-react";
import { useLocation } from "wouter";
import { routes } from "../app/routes.ts";
import { useServices } from "../app/services.tsx";
import { MeDocument, type AccountFragment } from "../../generated/graphql/graphql.ts";
import { ActionMenu, MenuItem, MenuSeparator } from "../ui/menu.tsx";
import { useAction } from "../ui/use-action.ts";
import css from "./account-menu.module.css";

/** Who is signed in and what is left of the day, and what belongs to the account. */
export function AccountMenu({ onArchive }: { onArchive: () => void }) {
  const [, navigate] = useLocation();
  const { session } = useServices();
  const me = useQuery(MeDocument).data?.me;
  const signOut = useAction(() => session.signOut());
  const name = me?.name ?? me?.phone ?? "";
  return (
    <ActionMenu
      side="top"
      trigger={
        <button type="button" className={css.button}>
          <span className={css.avatar} aria-hidden="true">
            {initialsOf(me?.name) || <UserRound />}
          </span>
          <span className={css.who}>
            <span className={css.name} dir="auto">
              <span className="visually-hidden">Account: </span>
              {name}
            </span>
            <span className={css.left}>{me && describeUsage(me)}</span>
          </span>
        </button>
      }
    >
      <MenuItem icon={<Settings />} onSelect={() => navigate(routes.settings())}>
        Settings
      </MenuItem>
      <MenuItem icon={<Archive />} onSelect={onArchive}>
        Archive
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<LogOut />} onSelect={() => void signOut.run()}>
        Sign out
      </MenuItem>
    </ActionMenu>
  );
}

function initialsOf(name: string | null | undefined): string {
  const words = (name ?? "").split(/\s+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined].map(firstCharacter);
  return initials.join("").toLocaleUpperCase();
}

const characters = new Intl.Segmenter();

/** As people count characters: a flag is one. */
const firstCharacter = (word = ""): string => characters.segment(word)[Symbol.iterator]().next().value?.segment ?? "";

function describeUsage({ subscription: { plan }, usage }: AccountFragment): string {
  const name = plan === "PRO" ? "Pro" : "Basic";
  if (usage.remaining == null) return name;
  return `${name} · ${usage.remaining.toLocaleString("en")} left today`;
}
