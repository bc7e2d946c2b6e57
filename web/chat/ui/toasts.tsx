import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useCallback, type ReactNode } from "react";
import css from "./toasts.module.css";

/** Puts short messages over the page, which a screen reader reads out. `Toast.useToastManager` adds one. */
export const Toasts = ({ children }: { children: ReactNode }) => (
  <Toast.Provider limit={3}>
    {children}
    <Toast.Portal>
      <Toast.Viewport className={css.viewport}>
        <List />
      </Toast.Viewport>
    </Toast.Portal>
  </Toast.Provider>
);

const List = () =>
  Toast.useToastManager().toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={css.toast} swipeDirection={["down", "right"]}>
      <Toast.Content className={css.content}>
        <Toast.Title className={css.title} />
        <Toast.Action className={css.action} />
        <Toast.Close className={css.close} aria-label="Close">
          <X />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));

type Message = { text: string; action?: { label: string; run: () => void } };

/** @returns shows a message for a while, with one thing that can be done about it; always the same function */
export function useToast(): (message: Message) => void {
  const { add, close } = Toast.useToastManager();
  return useCallback(
    ({ text, action }) => {
      const id = add({
        title: text,
        timeout: action ? UNDO_MS : SHOWN_MS,
        ...(action && {
          actionProps: {
            children: action.label,
            onClick() {
              close(id);
              action.run();
            },
          },
        }),
      });
    },
    [add, close],
  );
}

const SHOWN_MS = 5_000;
const UNDO_MS = 10_000;
