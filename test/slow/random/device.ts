import WebSocket from "ws";
import { createChatClient, type ChatClient } from "../../../packages/client/src/create-chat-client.ts";
import type { ShownMessage } from "../../../packages/client/src/room/drafts.ts";
import type { RoomWatch } from "../../../packages/client/src/room/watch-room.ts";
import { createMemoryTokens } from "../../../packages/client/src/session/token-source.ts";
import { openDevice } from "../../_support/accounts.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import type { TestProcess } from "../../_support/processes.ts";

/** One device of the user: what it shows are the client package's stores, which the feeds keep true. */
export type Device = Readonly<{
  client: TestClient;
  chat: ChatClient;
  phone: string;
  /** Rooms that it shows, the oldest first. */
  rooms: readonly string[];
  open(roomId: string): void;
  room(id: string): RoomWatch;
  close(): void;
}>;

/** @param phone of a user who is there; a new one otherwise */
export async function startDevice(colloquy: Colloquy, api: TestProcess, phone?: string): Promise<Device> {
  const signedIn = await openDevice(colloquy, phone, api);
  const chat = createChatClient({
    url: `http://127.0.0.1:${api.port}/graphql`,
    tokens: createMemoryTokens(signedIn.tokens.refreshToken),
    webSocketImpl: WebSocket,
  });
  const rooms: string[] = [];
  chat.watchAccount().subscribe(() => {});
  return {
    client: signedIn.client,
    chat,
    phone: signedIn.phone,
    rooms,
    open(roomId) {
      rooms.push(roomId);
      chat.watchRoom(roomId).subscribe(() => {});
    },
    room: chat.watchRoom,
    close: () => chat.close(),
  };
}

/** Messages that are stored: not those on their way. */
export const stored = (room: RoomWatch): ShownMessage[] =>
  room.getSnapshot().messages.filter(({ status }) => status !== "SENDING" && status !== "NOT_SENT");
