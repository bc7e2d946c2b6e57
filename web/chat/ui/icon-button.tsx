import { Tooltip } from "@base-ui/react/tooltip";
import type { ComponentProps } from "react";
import css from "./icon-button.module.css";
import { TooltipBubble } from "./tooltip-bubble.tsx";

type Props = Omit<ComponentProps<"button">, "aria-label"> & {
  /** What it does: it is read out, and shown after a moment. */
  label: string;
};

/** A button that is an icon of `lucide-react`. */
export const IconButton = ({ label, className = "", ...props }: Props) => (
  <Tooltip.Root>
    <Tooltip.Trigger type="button" aria-label={label} className={`${css.button} ${className}`} {...props} />
    <TooltipBubble>{label}</TooltipBubble>
  </Tooltip.Root>
);
