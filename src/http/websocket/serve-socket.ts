import { GraphQLError } from "graphql";
import {
  CloseCode,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  parseMessage,
  type Message,
  type SubscribeMessage,
} from "graphql-ws";
import type { WebSocket } from "ws";
import type { Viewer } from "../../features/auth/viewer.ts";
import type { Logger } from "../../platform/logger.ts";
import { TOO_MANY_SOCKETS, type Budgets } from "../guards/budgets.ts";
import { deliverFrames } from "./deliver-frames.ts";
import {
  ANONYMOUS,
  ANONYMOUS_IDLE_MS,
  MAX_BEGUN,
  MAX_OPERATION_BYTES,
  Meter,
  SIGNED_IN,
  unitsOf,
} from "./allowance.ts";
import { closeReason } from "./close-reason.ts";
import type { OperationRequest, Peer, RunOperation } from "./execute-operation.ts";
import type { Heartbeat, Heartbeats } from "./heartbeat.ts";
import { Operations, type Operation } from "./operations.ts";
import { Outlet } from "./outlet.ts";
import { rateLimited } from "./rate-limited.ts";

/** How long a new socket may take to send its `connection_init`, in milliseconds. */
const INIT_TIMEOUT_MS = 5_000;
/** "Message too big" (RFC 6455, 7.4.1). */
const TOO_BIG = 1009;
const NORMAL = 1000;

/** What the protocol leaves to others. */
export type SocketHooks = Readonly<{
  /** @returns null for nobody; undefined for a socket that was refused, and closed if with another code than 4403 */
  admit(socket: WebSocket, authorization: unknown): Promise<Viewer | null | undefined>;
  /** @returns the viewer from now on; undefined for a token that is not one of the viewer's session */
  renew(socket: WebSocket, viewer: Viewer, accessToken: string): Promise<Viewer | undefined>;
  run: RunOperation;
  budgets: Pick<Budgets, "takeMessage">;
  heartbeats: Heartbeats;
  logger: Logger;
}>;

/**
 * Speaks graphql-transport-ws (PROTOCOL.md of graphql-ws) over one socket until it closes. Messages are handled in
 * order. graphql-ws' own server identifies operations by their ids across waits, where a client may have reused an id,
 * and treats a closing socket as one whose operations have ended.
 */
export function serveSocket(parts: { socket: WebSocket; peer: Peer }, hooks: SocketHooks): void {
  new Conversation(parts.socket, parts.peer, hooks).begin();
}

class Conversation {
  readonly #socket: WebSocket;
  readonly #peer: Peer;
  readonly #hooks: SocketHooks;
  readonly #outlet: Outlet;
  readonly #heartbeat: Heartbeat;
  readonly #operations = new Operations();
  readonly #meter = new Meter();
  #state: "new" | "asked" | "admitted" = "new";
  #renewing = false;
  /** Until `connection_init`; from then on, as long as nobody is signed in, between operations. */
  #deadline: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, peer: Peer, hooks: SocketHooks) {
    this.#socket = socket;
    this.#peer = peer;
    this.#hooks = hooks;
    const onSlow = () => hooks.logger.info({ userId: peer.viewer?.userId }, "closed a slow consumer");
    this.#outlet = new Outlet({ socket, onSlow });
    this.#heartbeat = hooks.heartbeats.start(socket);
  }

  begin(): void {
    const socket = this.#socket;
    socket.on("message", (data: Buffer, isBinary) => this.#hear(data, isBinary));
    socket.on("ping", (data: Buffer) => this.#count(data.length) && this.#outlet.pong(data));
    socket.on("pong", (data: Buffer) => this.#heartbeat.hear(data) || this.#count(data.length));
    // `ws` closes it with the code of what was wrong.
    socket.on("error", (error) => this.#hooks.logger.debug({ err: error }, "not a WebSocket message"));
    socket.once("close", () => this.#end());
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL)
      return this.#close(CloseCode.SubprotocolNotAcceptable, "Subprotocol not acceptable");
    this.#deadline = setTimeout(
      () => this.#close(CloseCode.ConnectionInitialisationTimeout, "Connection initialisation timeout"),
      INIT_TIMEOUT_MS,
    );
  }

  /** The only place that ends everything the socket holds. */
  #end(): void {
    clearTimeout(this.#deadline);
    this.#heartbeat.stop();
    this.#operations.endAll();
    this.#outlet.end();
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, closeReason(reason));
    this.#operations.endAll();
  }

  get #allowance() {
    return this.#peer.viewer ? SIGNED_IN : ANONYMOUS;
  }

  #hear(data: Buffer, isBinary: boolean): void {
    // Messages after our close frame were sent before the client read it.
    if (!this.#outlet.open) return;
    if (data.length > this.#allowance.messageBytes) return this.#outlet.cut(TOO_BIG, "Message too big");
    const within = this.#count(data.length);
    if (!this.#outlet.open) return;
    const message = isBinary ? null : readMessage(data);
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return this.#init(message.payload?.["authorization"]);
      case MessageType.Ping:
        return this.#ping(message.payload, within);
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return this.#subscribe(message, data.length, within);
      case MessageType.Complete:
        return this.#operations.complete(message.id);
      default:
        return this.#close(CloseCode.BadRequest, "Invalid message received");
    }
  }

  /** A ping with an `accessToken` renews the socket's: the pong comes when that is done, and has no payload. */
  #ping(payload: Record<string, unknown> | undefined, within: boolean): void {
    if (!within) return;
    const accessToken = payload?.["accessToken"];
    if (accessToken === undefined) return this.#outlet.send(JSON.stringify({ type: MessageType.Pong, payload }));
    const { viewer } = this.#peer;
    if (typeof accessToken !== "string" || !viewer) return this.#close(CloseCode.Forbidden, "Forbidden");
    // One at a time: a client that sends more has not waited for its pong.
    if (this.#renewing) return;
    this.#renewing = true;
    this.#hooks
      .renew(this.#socket, viewer, accessToken)
      .then(
        (next) => {
          if (!next) return this.#close(CloseCode.Forbidden, "Forbidden");
          this.#peer.viewer = next;
          if (this.#outlet.open) this.#outlet.send(JSON.stringify({ type: MessageType.Pong }));
        },
        (error: unknown) => this.#hooks.logger.error({ err: error }, "could not renew a socket's token"),
      )
      .finally(() => (this.#renewing = false));
  }

  /** Counts a message, and closes the socket when too many were refused. @returns whether it is within the budgets */
  #count(bytes: number): boolean {
    const units = unitsOf(bytes);
    const { ip, viewer } = this.#peer;
    // Both count, whatever the result of the first.
    const own = this.#meter.take(units, this.#allowance);
    const within = this.#hooks.budgets.takeMessage({ ip, userId: viewer?.userId }, units) && own;
    if (!within) this.#noteRefusal();
    return within;
  }

  #noteRefusal(): void {
    if (this.#meter.refuse()) this.#outlet.cut(TOO_MANY_SOCKETS, "Too many messages");
  }

  #init(authorization: unknown): void {
    if (this.#state !== "new")
      return this.#close(CloseCode.TooManyInitialisationRequests, "Too many initialisation requests");
    this.#state = "asked";
    clearTimeout(this.#deadline);
    this.#hooks.admit(this.#socket, authorization).then(
      (viewer) => this.#admit(viewer),
      (error: unknown) => {
        this.#hooks.logger.error({ err: error }, "could not admit a socket");
        this.#close(CloseCode.InternalServerError, "Internal server error");
      },
    );
  }

  #admit(viewer: Viewer | null | undefined): void {
    if (viewer === undefined) return this.#close(CloseCode.Forbidden, "Forbidden");
    if (!this.#outlet.open) return;
    this.#peer.viewer = viewer;
    this.#state = "admitted";
    if (!viewer) this.#deadline = setTimeout(() => this.#closeIdle(), ANONYMOUS_IDLE_MS);
    this.#outlet.send(JSON.stringify({ type: MessageType.ConnectionAck }));
  }

  #closeIdle(): void {
    if (this.#operations.running > 0) this.#deadline?.refresh();
    else this.#close(NORMAL, "Nobody has signed in");
  }

  #subscribe(
    { id, payload: { query, operationName, variables } }: SubscribeMessage,
    bytes: number,
    within: boolean,
  ): void {
    if (this.#state !== "admitted") return this.#close(CloseCode.Unauthorized, "Unauthorized");
    if (this.#operations.has(id))
      return this.#close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    if (!within) return this.#sendErrors(id, [rateLimited("There were too many messages in the last minute.", 60)]);
    const { operations } = this.#allowance;
    if (this.#operations.size >= operations || this.#operations.running >= operations * MAX_BEGUN)
      return this.#sendErrors(id, [rateLimited(`A socket has ${operations} subscriptions at most.`)]);
    if (this.#operations.bytes + bytes > MAX_OPERATION_BYTES)
      return this.#sendErrors(id, [rateLimited("The operations of a socket are too long together.")]);
    const operation = this.#operations.begin(id, bytes);
    this.#run(operation, { query, operationName, variables }).catch((error: unknown) => {
      this.#hooks.logger.error({ err: error }, "could not run an operation");
      this.#close(CloseCode.InternalServerError, "Internal server error");
    });
  }

  /** After each wait the operation may have ended: then nothing of it is sent. */
  async #run(operation: Operation, request: OperationRequest): Promise<void> {
    try {
      const outcome = await this.#hooks.run(this.#peer, request);
      if ("refused" in outcome) this.#noteRefusal();
      if ("live" in outcome) {
        const { live, log } = outcome;
        operation.follow(live, log.end);
        if (!operation.ended) await deliverFrames(this.#outlet, operation.id, live, (bytes) => (log.bytes += bytes));
      } else if (operation.ended) return;
      else if ("json" in outcome) this.#outlet.send(nextMessage(operation.id, outcome.json));
      else return this.#sendErrors(operation.id, outcome.errors);
      if (!operation.ended) this.#outlet.send(JSON.stringify({ id: operation.id, type: MessageType.Complete }));
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      if (!operation.ended) this.#sendErrors(operation.id, [error]);
    } finally {
      this.#operations.finish(operation);
      if (!this.#peer.viewer && this.#outlet.open) this.#deadline?.refresh();
    }
  }

  #sendErrors(id: string, payload: readonly GraphQLError[]): void {
    this.#outlet.send(JSON.stringify({ id, type: MessageType.Error, payload }));
  }
}

/** @returns null for anything but a message of the protocol */
function readMessage(data: Buffer): Message | null {
  try {
    return parseMessage(data.toString());
  } catch {
    return null;
  }
}

/** The result is JSON already. */
const nextMessage = (id: string, json: string): string =>
  `{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":${json}}`;
