import { setTimeout as delay } from "node:timers/promises";
import { connectLeanSocket, type LeanSocket } from "../../_support/lean-socket.ts";
import { serveCommands } from "../../_support/serve.ts";

/** Many people, each of whom watches a room of their own over a WebSocket (graphql-transport-ws), all in one process. */
export type Watcher = Readonly<{ token: string; room: string }>;

const WATCH = `subscription Watch($room: ID!, $after: ID) {
  messageAdded(chatroomId: $room, after: $after) { id position content }
}`;
const RETRY_MS = 1_000;

let sockets: LeanSocket[] = [];
let closing = false;

await serveCommands({
  /**
   * Connects all of them, as many at once as are asked for, and subscribes each; one that is refused tries again within a
   * second. Resolves when each has got its first message after the position.
   */
  async watch({ watchers, port, after, atOnce }: { watchers: Watcher[]; port: number; after: string; atOnce: number }) {
    closing = false;
    sockets = [];
    let refused = 0;
    const start = performance.now();
    const took: number[] = [];
    const queue = watchers.values();
    const next = async () => {
      for (const watcher of queue) {
        while (!(await watchOne(watcher, port, after))) {
          refused += 1;
          await delay(RETRY_MS * Math.random());
        }
        took.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, next));
    return { took, refused };
  },

  async leave() {
    closing = true;
    for (const socket of sockets) socket.close();
    await Promise.all(sockets.map(({ closed }) => closed));
  },
});

/** @returns false when the server did not take the connection, or closed it */
async function watchOne({ token, room }: Watcher, port: number, after: string): Promise<boolean> {
  let caughtUp = (_done: boolean) => {};
  let failed = (_error: Error) => {};
  const done = new Promise<boolean>((resolve, reject) => ([caughtUp, failed] = [resolve, reject]));
  try {
    const socket = await connectLeanSocket({ port, path: "/graphql", protocol: "graphql-transport-ws" }, (text) => {
      if (text.startsWith('{"type":"connection_ack"')) {
        const payload = { query: WATCH, variables: { room, after } };
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
      } else if (text.includes('"type":"error"')) failed(new Error(text));
      else if (text.includes('"messageAdded"')) caughtUp(true);
    });
    sockets.push(socket);
    void socket.closed.then(() => caughtUp(closing));
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  } catch {
    return false;
  }
  return done;
}
