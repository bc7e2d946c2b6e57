import type { KeyboardEvent } from "react";

/** Arrow keys, Home and End go from link to link of a list of rooms. */
export function moveAmongRooms(event: KeyboardEvent<HTMLElement>): void {
  const list = event.currentTarget.closest('[role="list"]');
  const links = [...(list?.querySelectorAll<HTMLElement>("[data-room-link]") ?? [])];
  const at = links.indexOf(event.currentTarget);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const link = links[next];
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}
