import { ApiError } from "../request.ts";
import type { MessageStatus } from "../operation.ts";
import type { ChatMessage } from "./room-documents.ts";
import type { ReplyOptions } from "./room-mutations.ts";

/** A message as a room shows it: the server's, or one that is on its way there. */
export type ShownMessage = Omit<ChatMessage, "status"> & { status: MessageStatus | "SENDING" | "NOT_SENT" };

/** A message that the server has not confirmed. Its id is its `clientId`. */
export type Draft = Readonly<{
  message: ShownMessage & { clientId: string };
  options: ReplyOptions & { whileReplying?: "INTERRUPT" | "QUEUE" | "REJECT" };
  /** Of an edit, the message that it stands for: what follows that is not shown. */
  replaces: string | null;
}>;

/** Also where a page has no `randomUUID`, as over plain HTTP. */
export const newClientId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function createDraft(content: string, options: Draft["options"], replaces: string | null = null): Draft {
  const clientId = newClientId();
  const message: Draft["message"] = {
    id: clientId,
    clientId,
    role: "USER",
    status: "SENDING",
    content,
    attempt: 0,
    position: "0",
    createdAt: new Date().toISOString(),
    waitingFor: null,
    nextTryAt: null,
    model: null,
    finishReason: null,
    parent: null,
    siblings: { index: 0, total: 1, previousId: null, nextId: null },
    error: null,
    fallbackFrom: null,
    rating: null,
    tokens: null,
    parts: [{ __typename: "TextPart", text: content }],
    citations: [],
  };
  return { message, options, replaces };
}

export function asNotSent(draft: Draft, cause: unknown): Draft {
  const { code, details } = cause instanceof ApiError ? cause : { code: "NETWORK", details: {} };
  const retryAt = (details as { resetAt?: unknown }).resetAt;
  const error = {
    code,
    message: cause instanceof Error ? cause.message : "",
    retryable: code === "NETWORK" || code === "UNAVAILABLE" || code === "RATE_LIMITED" || code === "INTERNAL",
    retryAt: typeof retryAt === "string" ? retryAt : null,
  };
  return { ...draft, message: { ...draft.message, status: "NOT_SENT", error } };
}

/** The branch with what is on its way. */
export function withDrafts(messages: readonly ChatMessage[], drafts: readonly Draft[]): readonly ShownMessage[] {
  if (drafts.length === 0) return messages;
  const edited = messages.findIndex(({ id }) => drafts.some(({ replaces }) => replaces === id));
  const shown = edited < 0 ? messages : messages.slice(0, edited);
  return [...shown, ...drafts.map(({ message }) => message)];
}
