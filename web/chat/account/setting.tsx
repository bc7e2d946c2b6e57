import type { ReactNode } from "react";
import css from "./setting.module.css";

type Props = { title: string; text?: ReactNode; children: ReactNode };

/** One matter of a section: what it is, what to know about it, and what can be done. */
export const Setting = ({ title, text, children }: Props) => (
  <div className={css.setting}>
    <h2 className={css.title}>{title}</h2>
    {text && <p className={css.text}>{text}</p>}
    {children}
  </div>
);

/** Fields of a form, one below the other, and its button. */
export const FormRows = ({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) => (
  <form
    className={css.rows}
    noValidate
    onSubmit={(event) => {
      event.preventDefault();
      onSubmit();
    }}
  >
    {children}
  </form>
);

export const Actions = ({ children }: { children: ReactNode }) => <div className={css.actions}>{children}</div>;

export const Fault = ({ children }: { children: string | null }) =>
  children && (
    <p className={css.fault} role="alert">
      {children}
    </p>
  );
