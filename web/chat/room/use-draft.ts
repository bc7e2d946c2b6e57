import { useState } from "react";

const keyOf = (roomId: string) => `colloquy:draft:${roomId}`;

/** What was written and not sent, kept on this device. */
export function useDraft(roomId: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => localStorage.getItem(keyOf(roomId)) ?? "");
  const change = (next: string) => {
    setText(next);
    if (next === "") localStorage.removeItem(keyOf(roomId));
    else localStorage.setItem(keyOf(roomId), next);
  };
  return [text, change];
}
