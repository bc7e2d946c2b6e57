import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactNode } from "react";
import css from "./tooltip-bubble.module.css";

export const TooltipBubble = ({ children }: { children: ReactNode }) => (
  <Tooltip.Portal>
    <Tooltip.Positioner sideOffset={6} className={css.positioner}>
      <Tooltip.Popup className={css.bubble}>{children}</Tooltip.Popup>
    </Tooltip.Positioner>
  </Tooltip.Portal>
);
