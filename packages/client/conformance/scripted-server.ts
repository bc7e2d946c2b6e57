import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { readSubscription } from "./read-subscription.ts";
import type { Fault, Script, Subscriber } from "./script.ts";

/** A server that plays one script, over a WebSocket (graphql-transport-ws) and as event streams. */
export type ScriptedServer = Readonly<{
  url(transport: "ws" | "sse"): string;
  /** The token that it takes now. */
  token(): string;
  close(): Promise<void>;
}>;

type Asked = Readonly<{ query: string; variables?: Record<string, unknown> }>;
type Watcher = Readonly<{
  /** A subscription has begun, with these arguments. */
  subscribed(args: Readonly<Record<string, unknown>>): void;
}>;

const PATH = "/graphql";
const errorOf = (code: string) => ({ message: code, extensions: { code } });
const CLOSE_CODES = { restart: 1012, overload: 1013, slow: 4308, expired: 4403 } as const;

export async function startScriptedServer(script: Script, watcher: Watcher): Promise<ScriptedServer> {
  let generation = 1;
  /** What the next event stream is refused by. */
  let refusal: Fault | null = null;
  const token = () => `token ${generation}`;
  const isTaken = (authorization: unknown) => authorization === `Bearer ${token()}`;

  function play(asked: Asked, open: (select: (data: Record<string, unknown>) => object) => Subscriber): void {
    const { args, select } = readSubscription(asked.query, asked.variables);
    watcher.subscribed(args);
    script.play(args, open(select));
  }

  function onSocket(socket: WebSocket): void {
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on("message", (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString()) as { type: string; id: string; payload?: unknown };
      if (message.type === "ping") send({ type: "pong" });
      if (message.type === "connection_init") {
        if (isTaken((message.payload as { authorization?: unknown } | undefined)?.authorization))
          send({ type: "connection_ack" });
        else socket.close(4403, "Forbidden");
      }
      if (message.type !== "subscribe") return;
      const { id } = message;
      play(message.payload as Asked, (select) => ({
        emit: ({ data, extensions }) => send({ type: "next", id, payload: { data: select(data), extensions } }),
        complete: () => send({ type: "complete", id }),
        refuse: (code) => send({ type: "error", id, payload: [errorOf(code)] }),
        breakOff(fault) {
          if (fault === "unavailable") return send({ type: "error", id, payload: [errorOf("UNAVAILABLE")] });
          if (fault === "unreadable")
            return send({ type: "next", id, payload: { data: null, errors: [errorOf("UNAVAILABLE")] } });
          if (fault === "expired") generation += 1;
          // What was sent before gets through.
          if (fault === "cut") socket.ping(undefined, undefined, () => socket.terminate());
          else socket.close(CLOSE_CODES[fault]);
        },
      }));
    });
  }

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    let body = "";
    for await (const bytes of request) body += String(bytes);
    const fault = refusal;
    refusal = null;
    if (fault === "restart") return void response.writeHead(503).end();
    if (fault === "overload") return void answer(429, { errors: [errorOf("RATE_LIMITED")] });
    if (fault === "unavailable") return void answer(200, { errors: [errorOf("UNAVAILABLE")] });
    if (!isTaken(request.headers.authorization)) return void answer(401, { errors: [errorOf("UNAUTHENTICATED")] });

    const send = (event: string, data: object | "", then?: () => void) =>
      response.write(`event: ${event}\ndata: ${data === "" ? "" : JSON.stringify(data)}\n\n`, then);
    const begin = () => response.headersSent || response.writeHead(200, { "content-type": "text/event-stream" });
    play(JSON.parse(body) as Asked, (select) => ({
      emit({ data, extensions }) {
        begin();
        send("next", { data: select(data), extensions });
      },
      complete: () => void send("complete", "", () => response.end()),
      refuse: (code) => void answer(200, { errors: [errorOf(code)] }),
      breakOff(kind) {
        begin();
        if (kind === "unreadable") return void send("next", { data: null, errors: [errorOf("UNAVAILABLE")] });
        if (kind === "expired") generation += 1;
        else refusal = kind;
        response.write(":\n\n", () => response.destroy());
      },
    }));
  }

  const http = createServer((request, response) => void onRequest(request, response));
  const sockets = new WebSocketServer({ server: http, path: PATH, handleProtocols: () => "graphql-transport-ws" });
  sockets.on("connection", onSocket);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;

  return {
    url: (transport) => `${transport === "ws" ? "ws" : "http"}://127.0.0.1:${port}${PATH}`,
    token,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
