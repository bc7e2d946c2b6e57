import { ArrowUp, ListPlus, Square } from "lucide-react";
import { useState, type KeyboardEvent, type ReactNode } from "react";
import { IconButton } from "../ui/icon-button.tsx";
import css from "./composer.module.css";
import { useDraft } from "./use-draft.ts";
import { useGrowing } from "./use-growing.ts";

/** As the API counts, in UTF-16 code units. */
const LONGEST = 32_000;

/** Elsewhere the focus brings a keyboard over half of the page. */
const HAS_KEYBOARD = matchMedia("(hover: hover) and (pointer: fine)").matches;

type Props = {
  /** Under which the draft is kept. */
  draftOf: string;
  /** It may be written in at once. */
  takesFocus: boolean;
  /** A reply is written just now: what is sent meanwhile waits for its end. */
  writing: boolean;
  /** @returns whether it was taken; if not, the text stays */
  onSend: (content: string) => Promise<boolean>;
  onStop: () => void;
  /** The model and its settings. */
  children?: ReactNode;
};

export function Composer({ draftOf, takesFocus, writing, onSend, onStop, children }: Props) {
  const [text, setText] = useDraft(draftOf);
  const [busy, setBusy] = useState(false);
  const field = useGrowing(text);
  const left = LONGEST - text.length;
  const ready = text.trim() !== "" && left >= 0 && !busy;

  const send = async () => {
    if (!ready) return;
    setBusy(true);
    setText("");
    if (!(await onSend(text))) setText(text);
    setBusy(false);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      className={css.composer}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className={css.box}>
        <textarea
          ref={field}
          className={css.field}
          rows={1}
          dir="auto"
          value={text}
          autoFocus={takesFocus && HAS_KEYBOARD}
          placeholder={writing ? "Write the next message" : "Write a message"}
          aria-label="Message"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <div className={css.bar}>
          {children}
          <span className={css.count} role="status" data-over={left < 0 || undefined}>
            {left < 1_000 ? left.toLocaleString() : ""}
          </span>
          {writing && (
            <IconButton label="Stop" className={css.stop} onClick={onStop}>
              <Square />
            </IconButton>
          )}
          {(!writing || text.trim() !== "") && (
            <IconButton
              label={writing ? "Send when the reply has ended" : "Send"}
              type="submit"
              className={css.send}
              disabled={!ready}
            >
              {writing ? <ListPlus /> : <ArrowUp />}
            </IconButton>
          )}
        </div>
      </div>
    </form>
  );
}
