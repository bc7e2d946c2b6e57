/** assistant-ui over a room: its `Thread` and all other parts go into the provider. */
import { AssistantRuntimeProvider } from "@assistant-ui/react";
import type { ChatClient } from "@colloquy/client";
import { useColloquyRuntime } from "@colloquy/client/assistant-ui";
import type { ReactNode } from "react";

export function Room({ chat, id, children }: { chat: ChatClient; id: string; children: ReactNode }) {
  const runtime = useColloquyRuntime(chat, id);
  return <AssistantRuntimeProvider runtime={runtime}>{children}</AssistantRuntimeProvider>;
}
