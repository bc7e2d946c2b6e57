import { Field } from "@base-ui/react/field";
import type { ComponentProps } from "react";
import css from "./text-field.module.css";

type Props = Omit<ComponentProps<typeof Field.Control>, "className"> & {
  label: string;
  hint?: string | undefined;
  error?: string | null | undefined;
  /** For codes: large digits, apart from each other. */
  code?: boolean;
};

/** A line to write in, with what it is above it and what is wrong with it below. */
export const TextField = ({ label, hint, error, code = false, ...props }: Props) => (
  <Field.Root className={css.field} invalid={Boolean(error)}>
    <Field.Label className={css.label}>{label}</Field.Label>
    <Field.Control className={`${css.control} ${code ? css.code : ""}`} {...props} />
    {hint && <Field.Description className={css.hint}>{hint}</Field.Description>}
    <Field.Error className={css.error} match={Boolean(error)} role="alert">
      {error}
    </Field.Error>
  </Field.Root>
);
