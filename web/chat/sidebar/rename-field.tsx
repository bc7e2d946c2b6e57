import { useState } from "react";
import css from "./rename-field.module.css";

type Props = { title: string; onRename: (title: string) => void; onDone: () => void };

const MAX_LENGTH = 200;

/** In the place of a room's title: Enter keeps what was written, and so does leaving; Escape does not. */
export function RenameField({ title, onRename, onDone }: Props) {
  const [text, setText] = useState(title);
  const finish = () => {
    const next = text.trim();
    if (next !== "" && next !== title) onRename(next);
    onDone();
  };
  return (
    <input
      className={css.field}
      aria-label="Title"
      dir="auto"
      autoFocus
      maxLength={MAX_LENGTH}
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) finish();
        if (event.key === "Escape") onDone();
      }}
    />
  );
}
