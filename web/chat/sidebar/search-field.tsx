import { Search, X } from "lucide-react";
import { useEffect, useRef } from "react";
import css from "./search-field.module.css";

type Props = { value: string; onChange: (text: string) => void };

/** Searches in titles. Ctrl+K, or ⌘K, goes to it; Escape empties it. */
export function SearchField({ value, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", focus);
    return () => window.removeEventListener("keydown", focus);
  }, []);
  return (
    <search className={css.search}>
      <Search className={css.icon} aria-hidden="true" />
      <input
        ref={input}
        className={css.input}
        type="text"
        aria-label="Search in titles"
        placeholder="Search"
        autoComplete="off"
        dir="auto"
        maxLength={100}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onChange("");
        }}
      />
      {value !== "" && (
        <button type="button" className={css.clear} aria-label="Empty the search" onClick={() => onChange("")}>
          <X />
        </button>
      )}
    </search>
  );
}
