import type { UIMessage } from "ai";
import type { MessageStatus } from "../operation.ts";
import type { ChatMessage, MessagePart, Source } from "../room/room-documents.ts";
import { sourcesOf } from "../room/sources-of.ts";

/** What a model did beside writing and thinking, such as the code that it ran. */
export type OtherPart = Exclude<MessagePart, { __typename: "TextPart" | "ThoughtPart" }>;

/** A message as the AI SDK has it. Its metadata are there when it has ended. */
export type ColloquyUiMessage = UIMessage<{ status: MessageStatus; error: ChatMessage["error"] }, { part: OtherPart }>;

type UiPart = ColloquyUiMessage["parts"][number];

/** A message of a room, for the messages that a chat begins with. */
export function toUiMessage(message: ChatMessage): ColloquyUiMessage {
  const { id, role, status, error, content, parts } = message;
  // A reply that is running has its text so far, and no parts yet.
  const shown: MessagePart[] = parts.length > 0 ? parts : [{ __typename: "TextPart", text: content }];
  return {
    id,
    role: role === "USER" ? "user" : "assistant",
    metadata: { status, error },
    parts: [...shown.map(toUiPart), ...sourcesOf(message).map(toSource)],
  };
}

function toUiPart(part: MessagePart, index: number): UiPart {
  if (part.__typename === "TextPart") return { type: "text", text: part.text, state: "done" };
  if (part.__typename === "ThoughtPart") return { type: "reasoning", text: part.text, state: "done" };
  return { type: "data-part", id: String(index), data: part };
}

export const toSource = ({ uri, title }: Source) =>
  ({ type: "source-url", sourceId: uri, url: uri, ...(title !== null && { title }) }) as const;

/**
 * What to show of a message. A reply that starts over, as when its model breaks off, is another step: the steps before it
 * no longer hold.
 */
export function lastStepOf({ parts }: Pick<ColloquyUiMessage, "parts">): UiPart[] {
  return parts.slice(parts.findLastIndex(({ type }) => type === "step-start") + 1);
}
