import {
  fromThreadMessageLike,
  type AppendMessage,
  type AssistantRuntime,
  type ThreadMessage,
} from "@assistant-ui/core";
import { useExternalStoreRuntime } from "@assistant-ui/core/react";
import { useMemo, useState } from "react";
import { keyOf, toThreadMessage, type Item } from "./assistant-ui/thread-messages.ts";
import { versionsOf } from "./assistant-ui/versions.ts";
import type { ChatClient } from "./create-chat-client.ts";
import { useRoom } from "./react.ts";

/**
 * A room as assistant-ui's runtime, for its `AssistantRuntimeProvider`. Its branch picker leads to other versions of questions
 * and replies. `metadata.custom.message` of a message is Colloquy's own.
 */
export function useColloquyRuntime(client: ChatClient, chatroomId: string): AssistantRuntime {
  const room = useRoom(client, chatroomId);
  const { messages, live, status, hasOlder } = room;
  const [refused, setRefused] = useState(0);
  const stored = useMemo(() => messages.map((message) => convert({ message, live: null })), [messages]);
  const branches = useMemo(() => {
    const shown = stored.map((own, index) => {
      const message = messages[index];
      return message && live?.id === message.id ? convert({ message, live }) : own;
    });
    const entries = shown.flatMap((own, index) => {
      const message = messages[index];
      return message ? versionsOf(message, own, shown[index - 1]?.id ?? null) : [];
    });
    return { messages: entries, headId: shown.at(-1)?.id ?? null };
  }, [messages, stored, live]);
  // Another object is read anew: a branch that was refused is left again.
  const messageRepository = useMemo(() => ({ ...branches, refused }), [branches, refused]);
  /** The server's id of a message, by the one that is shown. */
  const idOf = (shownId: string | null) => messages.find((message) => keyOf(message) === shownId)?.id;

  return useExternalStoreRuntime({
    messageRepository,
    isLoading: status === "loading",
    isRunning: live !== null,
    hasEarlier: hasOlder,
    onLoadEarlier: room.loadOlder,
    /** Called with the path that somebody switches to. */
    setMessages(path: readonly ThreadMessage[]) {
      const other = path.find(({ id }) => idOf(id) === undefined);
      if (other) room.select(other.id).catch(() => setRefused((count) => count + 1));
    },
    async onNew(message) {
      await room.send(textOf(message));
    },
    async onEdit(message) {
      await room.edit(idOf(message.sourceId) ?? "", textOf(message));
    },
    onReload: (parentId) => room.regenerate(idOf(parentId)),
    onDelete: (id) => room.remove(idOf(id) ?? ""),
    onCancel: room.stop,
  });
}

function convert(item: Item): ThreadMessage {
  const like = toThreadMessage(item);
  // oxlint-disable-next-line typescript/no-deprecated -- the public way to make one; "deprecated" marks it as experimental
  return fromThreadMessageLike(like, keyOf(item.message), { type: "complete", reason: "unknown" });
}

function textOf({ content }: AppendMessage): string {
  if (content.some(({ type }) => type !== "text")) throw new TypeError("Only text can be sent.");
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n\n");
}
