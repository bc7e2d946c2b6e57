import type { ThreadMessageLike } from "@assistant-ui/core";
import { partsOf } from "../reply/reply-parts.ts";
import type { ShownMessage } from "../room/drafts.ts";
import type { MessagePart } from "../room/room-documents.ts";
import type { LiveReply } from "../room/room-state.ts";
import { sourcesOf } from "../room/sources-of.ts";

/** A message of a room, with what is being written of it. */
export type Item = Readonly<{ message: ShownMessage; live: LiveReply | null }>;

/** Stays the same when the server has the message. */
export const keyOf = ({ id, clientId }: ShownMessage): string => clientId ?? id;

export function toThreadMessage({ message, live }: Item): ThreadMessageLike {
  const { role, createdAt, content, parts } = message;
  const written = live ? partsOf(live) : parts.length > 0 ? parts : [{ text: content }];
  const common = { id: keyOf(message), createdAt: new Date(createdAt), metadata: { custom: { message } } };
  if (role === "USER") return { ...common, role: "user", content };
  return {
    ...common,
    role: "assistant",
    content: [...written.map(toPart), ...sourcesOf(message).map(toSource)],
    status: toStatus(message, live),
  };
}

type Part = Exclude<ThreadMessageLike["content"], string>[number];

function toPart(part: MessagePart | ReturnType<typeof partsOf>[number]): Part {
  if ("thought" in part) return { type: "reasoning", text: part.thought };
  if ("part" in part) return { type: "data-part", data: part.part };
  if (!("__typename" in part) || part.__typename === "TextPart") return { type: "text", text: part.text };
  if (part.__typename === "ThoughtPart") return { type: "reasoning", text: part.text };
  return { type: "data-part", data: part };
}

const toSource = ({ uri, title }: { uri: string; title: string | null }): Part => ({
  type: "source",
  sourceType: "url",
  id: uri,
  url: uri,
  ...(title !== null && { title }),
});

function toStatus({ status, error }: ShownMessage, live: LiveReply | null): NonNullable<ThreadMessageLike["status"]> {
  if (live) return { type: "running" };
  switch (status) {
    case "STOPPED":
      return { type: "incomplete", reason: "cancelled" };
    case "BLOCKED":
      return { type: "incomplete", reason: "content-filter", error: error?.message ?? status };
    case "FAILED":
      return { type: "incomplete", reason: "error", error: error?.message ?? status };
    case "PENDING":
    case "STREAMING":
      return { type: "running" };
    case "COMPLETE":
    case "QUEUED":
    case "SENDING":
    case "NOT_SENT":
      return { type: "complete", reason: "stop" };
  }
}
