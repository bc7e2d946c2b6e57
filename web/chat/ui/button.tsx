import type { ComponentProps } from "react";
import css from "./button.module.css";
import { Spinner } from "./spinner.tsx";

type Props = ComponentProps<"button"> & {
  kind?: "primary" | "secondary" | "quiet" | "danger" | "link";
  /** It works: it stays as wide as it is and takes no second press. */
  busy?: boolean;
};

export const Button = ({ kind = "secondary", busy = false, className = "", children, onClick, ...props }: Props) => (
  <button
    type="button"
    {...props}
    className={`${css.button} ${css[kind]} ${className}`}
    aria-busy={busy || undefined}
    aria-disabled={busy || undefined}
    onClick={busy ? (event) => event.preventDefault() : onClick}
  >
    <span className={css.content}>{children}</span>
    {busy && <Spinner />}
  </button>
);
