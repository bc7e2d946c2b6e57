/** What the AI SDK's `useChat` takes for a room: `useChat(await chatOptions(chat, roomId))`. */
import type { ChatInit } from "ai";
import type { ChatClient } from "@colloquy/client";
import { createChatTransport, loadMessages, type ColloquyUiMessage } from "@colloquy/client/ai-sdk";

export async function chatOptions(chat: ChatClient, id: string) {
  const init: ChatInit<ColloquyUiMessage> = {
    id,
    messages: await loadMessages(chat, id),
    transport: createChatTransport(chat),
    onError: (error) => console.error(error.message),
  };
  return { ...init, resume: true };
}
