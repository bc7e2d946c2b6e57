import css from "./spinner.module.css";

export const Spinner = ({ label }: { label?: string }) => (
  <span className={css.spinner} role={label ? "status" : undefined} aria-label={label} />
);
