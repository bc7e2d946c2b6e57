import { Menu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import css from "./menu.module.css";

type Props = {
  /** The button that opens it. */
  trigger: ReactElement<Record<string, unknown>>;
  children: ReactNode;
  side?: "top" | "bottom";
  align?: "start" | "end";
  onOpenChange?: (open: boolean) => void;
};

/** A menu at a button: of `MenuItem`s. */
export const ActionMenu = ({ trigger, children, side = "bottom", align = "start", onOpenChange }: Props) => (
  <Menu.Root modal={false} {...(onOpenChange && { onOpenChange })}>
    <Menu.Trigger render={trigger} />
    <Menu.Portal>
      <Menu.Positioner className={css.positioner} side={side} align={align} sideOffset={4} collisionPadding={8}>
        <Menu.Popup className={css.popup}>{children}</Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  </Menu.Root>
);

type ItemProps = { icon: ReactNode; children: ReactNode; onSelect: () => void; danger?: boolean };

export const MenuItem = ({ icon, children, onSelect, danger = false }: ItemProps) => (
  <Menu.Item className={`${css.item} ${danger ? css.danger : ""}`} onClick={onSelect}>
    {icon}
    {children}
  </Menu.Item>
);

export const MenuSeparator = () => <Menu.Separator className={css.separator} />;
