import WebSocket from "ws";
import { WatchRoom, type WatchRoomData } from "../../packages/client/src/documents.ts";
import { createLiveClient } from "../../packages/client/src/live/web-socket.ts";

/** Clients that watch a room, each on a connection of its own. */
export type Crowd = Readonly<{
  /** Ids of the room's messages as each has got them. */
  delivered: readonly (readonly string[])[];
  /** What ended a subscription. */
  faults: readonly unknown[];
  leave(): void;
}>;

/** They come back by themselves with the position that they have, as apps do that use the client's package. */
export function watchAsCrowd(size: number, { url, token, room }: { url: string; token: string; room: string }): Crowd {
  const faults: unknown[] = [];
  const tokens = { get: () => Promise.resolve(token), refuse() {} };
  const watchers = Array.from({ length: size }, () => {
    const live = createLiveClient({ url: url.replace(/^http/, "ws"), tokens, webSocketImpl: WebSocket });
    const delivered: string[] = [];
    const stop = live.subscribe<WatchRoomData>(
      { query: WatchRoom, variables: { chatroomId: room, after: "0" } },
      {
        next: ({ data }) => void (data && delivered.push(data.messageAdded.id)),
        error: (fault) => void faults.push(fault),
        complete() {},
      },
    );
    return { live, stop, delivered };
  });
  return {
    delivered: watchers.map(({ delivered }) => delivered),
    faults,
    leave() {
      for (const { stop, live } of watchers) {
        stop();
        void live.dispose();
      }
    },
  };
}
