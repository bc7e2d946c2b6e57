import type { ReactNode } from "react";
import css from "./empty-state.module.css";

type Props = { title: string; text?: string; icon?: ReactNode; children?: ReactNode };

/** What is shown where there is nothing to show: what it is, and what to do about it. */
export const EmptyState = ({ title, text, icon, children }: Props) => (
  <div className={css.state}>
    {icon && <div className={css.icon}>{icon}</div>}
    <h1 className={css.title}>{title}</h1>
    {text && <p className={css.text}>{text}</p>}
    {children}
  </div>
);
