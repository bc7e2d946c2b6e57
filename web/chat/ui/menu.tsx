import { Menu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import css from "./menu.module.css";

type PopupProps = { children: ReactNode; side?: "top" | "bottom"; align?: "start" | "end" };

type Props = PopupProps & {
  /** The button that opens it. */
  trigger: ReactElement<Record<string, unknown>>;
  onOpenChange?: (open: boolean) => void;
};

const Popup = ({ children, side = "bottom", align = "start" }: PopupProps) => (
  <Menu.Portal>
    <Menu.Positioner className={css.positioner} side={side} align={align} sideOffset={4} collisionPadding={8}>
      <Menu.Popup className={css.popup}>{children}</Menu.Popup>
    </Menu.Positioner>
  </Menu.Portal>
);

/** A menu at a button: of `MenuItem`s. */
export const ActionMenu = ({ trigger, onOpenChange, ...popup }: Props) => (
  <Menu.Root modal={false} {...(onOpenChange && { onOpenChange })}>
    <Menu.Trigger render={trigger} />
    <Popup {...popup} />
  </Menu.Root>
);

/** A menu that many buttons open, each for a thing of its own: the buttons are `Menu.Trigger`s with the same handle. */
export const SharedMenu = <Subject,>({ handle, children }: SharedProps<Subject>) => (
  <Menu.Root modal={false} handle={handle}>
    {({ payload }) => <Popup>{payload !== undefined && children(payload)}</Popup>}
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
