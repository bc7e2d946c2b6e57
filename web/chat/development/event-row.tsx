import { Copy } from "lucide-react";
import { ActionMenu, MenuItem } from "../ui/menu.tsx";
import { Button } from "../ui/button.tsx";
import { useToast } from "../ui/toasts.tsx";
import { asCode, CLIENTS } from "./as-code.ts";
import css from "./development-drawer.module.css";
import type { LoggedEvent } from "./event-log.ts";

type Props = { event: LoggedEvent; open: boolean; onToggle: () => void };

export function EventRow({ event, open, onToggle }: Props) {
  const toast = useToast();
  const copy = async (client: (typeof CLIENTS)[number]) => {
    const code = asCode(client, { query: event.payload.query, variables: event.position });
    await navigator.clipboard.writeText(code);
    toast({ text: `Copied for ${client}: it goes on after this event.` });
  };
  return (
    <li className={css.event}>
      <button type="button" className={css.summary} aria-expanded={open} onClick={onToggle}>
        <span className={css.name}>{nameOf(event)}</span>
        <span className={css.position}>{describePosition(event.position)}</span>
        <time className={css.time}>{new Date(event.at).toLocaleTimeString("en", { timeStyle: "medium" })}</time>
      </button>
      {open && (
        <div className={css.details}>
          <ActionMenu
            trigger={
              <Button>
                <Copy />
                Copy as…
              </Button>
            }
          >
            {CLIENTS.map((client) => (
              <MenuItem key={client} icon={<Copy />} onSelect={() => void copy(client)}>
                {client}
              </MenuItem>
            ))}
          </ActionMenu>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys */}
          <pre className={css.json} tabIndex={0} aria-label="The event">
            {JSON.stringify(event.result, null, 2)}
          </pre>
        </div>
      )}
    </li>
  );
}

/** The event's type where the subscription has several. */
function nameOf({ operation, result }: LoggedEvent): string {
  const [field] = Object.values((result as { data?: Record<string, { __typename?: string }> | null }).data ?? {});
  return field?.__typename && operation === "AccountChanged" ? field.__typename : operation;
}

function describePosition({ after, attempt, offset }: LoggedEvent["position"]): string {
  if (typeof after === "string") return `after ${after}`;
  return typeof attempt === "number" && typeof offset === "number" ? `attempt ${attempt}, offset ${offset}` : "";
}
