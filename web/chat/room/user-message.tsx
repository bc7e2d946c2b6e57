import { Copy, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { MessageViewFragment } from "../../generated/graphql/graphql.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { BranchSwitch } from "./branch-switch.tsx";
import { EditForm } from "./edit-form.tsx";
import css from "./message.module.css";
import type { MessageActions } from "./use-message-actions.ts";
import { useCopied } from "./use-copied.ts";

type Props = { message: MessageViewFragment; actions: MessageActions; busy: boolean };

export function UserMessage({ message, actions, busy }: Props) {
  const [editing, setEditing] = useState(false);
  const { copied, copy } = useCopied();
  if (editing) {
    const save = async (content: string) => {
      if (await actions.edit(message.id, content)) setEditing(false);
    };
    return <EditForm content={message.content} onSave={save} onCancel={() => setEditing(false)} />;
  }
  return (
    <article className={css.user} aria-label="You">
      <p className={css.bubble} dir="auto">
        {message.content}
      </p>
      <footer className={css.actions}>
        <BranchSwitch siblings={message.siblings} onSelect={actions.select} />
        <IconButton label={copied ? "Copied" : "Copy"} onClick={() => copy(message.content)}>
          <Copy />
        </IconButton>
        <IconButton label="Edit" disabled={busy} onClick={() => setEditing(true)}>
          <Pencil />
        </IconButton>
        <IconButton label="Delete from here on" onClick={() => actions.remove(message.id)}>
          <Trash2 />
        </IconButton>
      </footer>
    </article>
  );
}
