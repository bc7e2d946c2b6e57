import type { ComponentProps } from "react";

type Props = ComponentProps<"div"> & { "aria-label": string };

/** Something that may be wider or higher than its place: the keyboard scrolls it as well. */
export const ScrollBox = ({ children, ...props }: Props) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls takes the focus, for the arrow keys
  <div role="group" tabIndex={0} {...props}>
    {children}
  </div>
);
