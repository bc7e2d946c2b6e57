import type { Server } from "node:http";
import { handleProtocols } from "graphql-ws";
import { WebSocketServer } from "ws";
import { TOO_MANY_SOCKETS } from "../guards/budgets.ts";
import type { HttpParts } from "../parts.ts";
import { Heartbeats } from "./heartbeat.ts";
import { serveSocket, type SocketHooks } from "./serve-socket.ts";
import { admitSocket, renewSocket } from "./admit-socket.ts";
import { createOperationRunner } from "./execute-operation.ts";
import { checkUpgrade, refuseUpgrade } from "./guard-upgrade.ts";
import { MAX_BODY_BYTES, type Yoga } from "../graphql/yoga.ts";

/** "Service restart": clients of graphql-ws come back at once, to whichever process answers then. */
const SERVICE_RESTART = 1012;
/** How long a client may take to answer a close frame, in milliseconds; then its connection is cut. */
const CLOSE_TIMEOUT_MS = 5_000;
/** Pieces that a message may come in; the largest has some 200 on an ordinary network. */
const MAX_PIECES = 4_096;

export type WebSocketTransport = Readonly<{
  /** Sends every client to another process, and waits until they have gone. */
  close(): Promise<void>;
}>;

/** GraphQL over WebSocket (graphql-transport-ws), on the path of the HTTP API: `server` is to hear of upgrades. */
export function createWebSocketTransport(
  parts: HttpParts,
  { server, yoga }: { server: Server; yoga: Yoga },
): WebSocketTransport {
  const { app, budgets, readAddress } = parts;
  const heartbeats = new Heartbeats();
  const hooks: SocketHooks = {
    admit: (socket, authorization) => admitSocket(parts, socket, authorization),
    renew: (socket, viewer, accessToken) => renewSocket(parts, socket, viewer, accessToken),
    run: createOperationRunner(parts, yoga),
    budgets,
    heartbeats,
    logger: app.logger,
  };
  const options = {
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    maxFragments: MAX_PIECES,
    maxBufferedChunks: MAX_PIECES,
    closeTimeout: CLOSE_TIMEOUT_MS,
    perMessageDeflate: false,
    // Pings count as messages do.
    autoPong: false,
    handleProtocols,
  };
  const sockets = new WebSocketServer(options);
  app.metrics.gauge("colloquy_sockets", "WebSockets that are open.", () => sockets.clients.size);

  server.on("upgrade", (request, connection, head) => {
    const refusal = checkUpgrade(request, parts, yoga.graphqlEndpoint);
    if (refusal) return refuseUpgrade(connection, refusal);
    const ip = readAddress(request);
    // The connection has closed: there is no client to answer.
    if (ip === null) return void connection.destroy();
    if (!budgets.takeMessage({ ip }, 1)) return refuseUpgrade(connection, TOO_MANY_UPGRADES);
    const userAgent = request.headers["user-agent"] ?? null;
    sockets.handleUpgrade(request, connection, head, (socket) => {
      const release = budgets.openSocket({ ip });
      if (!release) {
        // Nobody else listens to this one; an error that nobody hears would end the process.
        socket.on("error", () => {});
        return socket.close(TOO_MANY_SOCKETS, "Too many connections");
      }
      socket.once("close", release);
      serveSocket({ socket, peer: { ip, userAgent, viewer: null } }, hooks);
    });
  });

  return {
    async close() {
      const gone = [...sockets.clients].map((client) => new Promise((resolve) => client.once("close", resolve)));
      for (const client of sockets.clients) client.close(SERVICE_RESTART, "Service restart");
      sockets.close();
      await Promise.all(gone);
      heartbeats.close();
    },
  };
}

const TOO_MANY_UPGRADES = {
  status: 429,
  code: "RATE_LIMITED",
  message: "There were too many sockets and messages in the last minute.",
} as const;
