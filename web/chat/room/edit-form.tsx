import { useState, type KeyboardEvent } from "react";
import { Button } from "../ui/button.tsx";
import css from "./message.module.css";
import { useGrowing } from "./use-growing.ts";

type Props = { content: string; onSave: (content: string) => Promise<void>; onCancel: () => void };

/** A message asked again in other words: what followed it stays on a branch of its own. */
export function EditForm({ content, onSave, onCancel }: Props) {
  const [text, setText] = useState(content);
  const [busy, setBusy] = useState(false);
  const field = useGrowing(text);
  const ready = text.trim() !== "" && text !== content && !busy;
  const save = async () => {
    if (!ready) return;
    setBusy(true);
    await onSave(text);
    setBusy(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onCancel();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void save();
  };
  return (
    <form
      className={css.edit}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={field}
        value={text}
        dir="auto"
        aria-label="The message in other words"
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={css.editActions}>
        <Button kind="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button kind="primary" type="submit" busy={busy} disabled={!ready && !busy}>
          Send
        </Button>
      </div>
    </form>
  );
}
