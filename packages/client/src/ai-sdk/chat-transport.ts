import type { ChatTransport } from "ai";
import type { ChatClient } from "../create-chat-client.ts";
import { persist } from "../request.ts";
import { newClientId } from "../room/drafts.ts";
import { ReadRoom } from "../room/room-documents.ts";
import { Stop, type ReplyOptions } from "../room/room-mutations.ts";
import { watchReplyInParts } from "../watch.ts";
import { Edit, ReadActiveReply, Regenerate, Send } from "./ai-sdk-documents.ts";
import { createReplyChunks, type UiChunk } from "./reply-chunks.ts";
import { toUiMessage, type ColloquyUiMessage } from "./ui-messages.ts";

/** How often a message is tried to be sent by itself: half a minute or so. */
const MAX_TRIES = 6;

/** The newest messages of a room's active branch, oldest first, for a chat to begin with; none of a room that is gone. */
export async function loadMessages(client: ChatClient, chatroomId: string): Promise<ColloquyUiMessage[]> {
  const { chatroom } = await client.request(ReadRoom, { id: chatroomId });
  return chatroom?.messages.edges.map(({ node }) => toUiMessage(node)) ?? [];
}

/**
 * Lets the AI SDK's chats talk to rooms: a chat's id is the room's. Its streams outlive lost connections; to stop a chat
 * stops the reply. A request's `body` may have `modelId` and `settings`.
 */
export function createChatTransport(client: ChatClient): ChatTransport<ColloquyUiMessage> {
  /** The server's ids of messages that were sent here, by the AI SDK's. */
  const stored = new Map<string, string>();
  const idOf = (id: string) => stored.get(id) ?? id;
  /** What could not be sent, by its message: asking for another reply to that sends it again. */
  const unsent = new Map<string, () => Promise<string>>();
  /** The next message waits until the reply is stopped that it follows. */
  let stopping: Promise<unknown> = Promise.resolve();
  let reconnects = 0;

  async function stop(messageId: string): Promise<void> {
    const again = { signal: new AbortController().signal, tries: MAX_TRIES };
    stopping = persist(() => client.request(Stop, { messageId }), again).catch(() => {});
    await stopping;
  }

  async function send(chatroomId: string, message: ColloquyUiMessage, options: ReplyOptions): Promise<string> {
    const input = { ...options, chatroomId, content: textOf(message), clientId: message.id };
    const { sendMessage } = await client.request(Send, { input });
    stored.set(message.id, sendMessage.message.id);
    return replyOf(sendMessage);
  }

  async function edit(message: ColloquyUiMessage, clientId: string, options: ReplyOptions): Promise<string> {
    const input = { ...options, messageId: idOf(message.id), content: textOf(message), clientId };
    const { editMessage } = await client.request(Edit, { input });
    stored.set(message.id, editMessage.message.id);
    return replyOf(editMessage);
  }

  async function regenerate(id: string, clientId: string, options: ReplyOptions): Promise<string> {
    const input = { ...options, messageId: idOf(id), clientId };
    return (await client.request(Regenerate, { input })).regenerateReply.reply.id;
  }

  return {
    // Every stream has the whole reply.
    resumeStreamIsReplay: true,
    async sendMessages({ trigger, chatId, messageId, messages, abortSignal, body }) {
      const { modelId, settings } = (body ?? {}) as ReplyOptions;
      const options = { ...(modelId !== undefined && { modelId }), ...(settings !== undefined && { settings }) };
      const last = messages.at(-1);
      if (!last) throw new TypeError("There is no message to send.");
      const clientId = newClientId();
      const again = () => regenerate(messageId ?? last.id, clientId, options);
      let turn = messageId === undefined ? () => send(chatId, last, options) : () => edit(last, clientId, options);
      if (trigger === "regenerate-message") turn = unsent.get(last.id) ?? again;
      else unsent.set(last.id, turn);
      await stopping;
      const signal = abortSignal ?? new AbortController().signal;
      const replyId = await persist(turn, { signal, tries: MAX_TRIES });
      unsent.delete(last.id);
      return stream(client, replyId, signal, () => stop(replyId));
    },
    async reconnectToStream({ chatId, abortSignal }) {
      const own = (reconnects += 1);
      const signal = abortSignal ?? new AbortController().signal;
      const { chatroom } = await persist(() => client.request(ReadActiveReply, { id: chatId }), { signal });
      if (!chatroom?.activeReply) return null;
      const { id } = chatroom.activeReply;
      return stream(client, id, signal, () => {
        // A chat that reconnects aborts its stream of before in the same moment.
        queueMicrotask(() => {
          if (own === reconnects) void stop(id);
        });
      });
    },
  };
}

/** A reply from its beginning to its end. @param onAbort called when somebody stops it */
function stream(
  client: ChatClient,
  replyId: string,
  signal: AbortSignal,
  onAbort: () => unknown,
): ReadableStream<UiChunk> {
  let leave = () => {};
  return new ReadableStream<UiChunk>({
    start(controller) {
      if (signal.aborted) {
        controller.close();
        onAbort();
        return;
      }
      const chunks = createReplyChunks((chunk) => controller.enqueue(chunk));
      const end = (then: () => void) => {
        leave();
        then();
      };
      const unfollow = watchReplyInParts(client.live, replyId, {
        next(reply) {
          chunks.take(reply);
          if (reply.message) end(() => controller.close());
        },
        error: (cause) => end(() => controller.error(toError(cause))),
      });
      const abort = () => {
        end(() => controller.close());
        onAbort();
      };
      signal.addEventListener("abort", abort);
      leave = () => {
        signal.removeEventListener("abort", abort);
        unfollow();
      };
      controller.enqueue({ type: "start", messageId: replyId });
      controller.enqueue({ type: "start-step" });
    },
    cancel: () => leave(),
  });
}

function textOf({ role, parts }: ColloquyUiMessage): string {
  if (role !== "user" || parts.some(({ type }) => type !== "text"))
    throw new TypeError("Only a text of the user can be sent.");
  return parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("");
}

function replyOf({ reply }: { reply: { id: string } | null }): string {
  if (!reply) throw new TypeError("The message waits in the queue.");
  return reply.id;
}

function toError(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  const [first] = Array.isArray(cause) ? (cause as { message?: string }[]) : [];
  return new Error(first?.message ?? "The reply cannot be followed.", { cause });
}
