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

/** A menu that many buttons open, each for a thing of its own: the buttons are `Menu.Trigger`s with the same handle. */
export const SharedMenu = <Subject,>({ handle, children }: SharedProps<Subject>) => (
  <Menu.Root modal={false} handle={handle}>
    {({ payload }) => (
      <Menu.Portal>
        <Menu.Positioner className={css.positioner} align="start" sideOffset={4} collisionPadding={8}>
          <Menu.Popup className={css.popup}>{payload !== undefined && children(payload)}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    )}
  </Menu.Root>
);

type SharedProps<Subject> = { handle: Menu.Handle<Subject>; children: (subject: Subject) => ReactNode };

type ItemProps = { icon: ReactNode; children: ReactNode; onSelect: () => void; danger?: boolean };

export const MenuItem = ({ icon, children, onSelect, danger = false }: ItemProps) => (
  <Menu.Item className={`${css.item} ${danger ? css.danger : ""}`} onClick={onSelect}>
    {icon}
    {children}
  </Menu.Item>
);

export const MenuSeparator = () => <Menu.Separator className={css.separator} />;
