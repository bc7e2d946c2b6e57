import type { Server } from "node:http";
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import { CloseCode, handleProtocols, makeServer, type Context, type SubscribePayload } from "graphql-ws";
import { WebSocketServer } from "ws";
import type { AppContext } from "../app-context.ts";
import type { ReadViewer, Viewer } from "../auth/viewer.ts";
import type { RequestContext } from "../graphql/context.ts";
import { mapErrors } from "../graphql/map-error.ts";
import { subscribe, type LiveResults } from "../graphql/subscribe.ts";
import { MAX_SUBSCRIPTIONS, TOO_MANY_SOCKETS, type Budgets } from "./budgets.ts";
import type { ReadAddress } from "./client-address.ts";
import { deliverFrames } from "./deliver-frames.ts";
import { serveSocket, type SocketParts } from "./serve-socket.ts";
import type { SessionWatch } from "./session-watch.ts";
import { MAX_BODY_BYTES, type Yoga } from "./yoga.ts";

type Params = { authorization?: unknown };
type SocketExtra = SocketParts & { viewer?: Viewer | null };
type SocketContext = Context<Params, SocketExtra>;

/** "Service restart": clients of graphql-ws come back at once, to whichever process answers then. */
const SERVICE_RESTART = 1012;
/** For faults that pass: clients of graphql-ws come back after this one, and never after 4500. */
const TRY_AGAIN_LATER = 1013;
const INIT_TIMEOUT_MS = 5_000;

export type WebSocketTransport = Readonly<{
  size(): number;
  /** Sends every client to another process, and waits until they have gone. */
  close(): Promise<void>;
}>;

/** GraphQL over WebSocket (graphql-transport-ws), on the path of the HTTP API. */
export function createWebSocketTransport(
  app: AppContext,
  server: Server,
  yoga: Yoga,
  sessions: SessionWatch,
  readAddress: ReadAddress,
  budgets: Budgets,
  readViewer: ReadViewer,
): WebSocketTransport {
  const protocol = makeServer<Params, SocketExtra>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => (args as Immediate).execute(args),
    // Not Yoga's: what its plugins do for each result is done once for all who share it.
    subscribe: async (args) => (await subscribe(args)) as AsyncIterableIterator<ExecutionResult> | ExecutionResult,
    onConnect: (ctx) => admit(app, sessions, budgets, readViewer, ctx),
    onSubscribe: (ctx, _id, payload) => prepare(app, yoga, readAddress, budgets, ctx, payload),
    onOperation: (ctx, id, _payload, _args, result) =>
      isLive(result)
        ? deliverFrames({ socket: ctx.extra.socket, wire: ctx.extra.request.socket }, id, result, () =>
            noteSlow(app, ctx),
          )
        : undefined,
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  });
  server.on("upgrade", (request, connection, head) => {
    if (request.url?.split("?")[0] !== yoga.graphqlEndpoint) return void connection.destroy();
    sockets.handleUpgrade(request, connection, head, (socket) => {
      const release = budgets.openSocket({ ip: readAddress(request) });
      if (!release) {
        // Nobody else listens to this one; an error that nobody hears would end the process.
        socket.on("error", () => {});
        return socket.close(TOO_MANY_SOCKETS, "Too many connections");
      }
      socket.once("close", release);
      serveSocket(protocol, { socket, request }, app.log);
    });
  });

  return {
    size: () => sockets.clients.size,
    async close() {
      const gone = [...sockets.clients].map((client) => new Promise((resolve) => client.once("close", resolve)));
      for (const client of sockets.clients) client.close(SERVICE_RESTART, "Service restart");
      sockets.close();
      await Promise.all(gone);
    },
  };
}

/**
 * Admits a socket with a valid token, or with none: public operations remain.
 *
 * @returns false, which closes the socket with 4403, for a token that is not valid
 */
async function admit(
  app: AppContext,
  sessions: SessionWatch,
  budgets: Budgets,
  readViewer: ReadViewer,
  ctx: SocketContext,
): Promise<boolean> {
  const { authorization } = ctx.connectionParams ?? {};
  if (authorization === undefined || authorization === null) return true;
  const { socket } = ctx.extra;
  let viewer: Viewer | null;
  try {
    viewer = typeof authorization === "string" ? await readViewer(authorization) : null;
  } catch (error) {
    app.log.warn({ err: error }, "could not look at a socket's token");
    socket.close(TRY_AGAIN_LATER, "Try again later");
    return false;
  }
  // Closed meanwhile: nothing would give back what it takes now.
  if (!viewer || socket.readyState !== socket.OPEN) return false;
  const release = budgets.openSocket({ userId: viewer.userId });
  if (!release) {
    socket.close(TOO_MANY_SOCKETS, "Too many connections");
    return false;
  }
  socket.once("close", release);
  ctx.extra.viewer = viewer;
  const stopWatching = sessions.watch(viewer, () => socket.close(CloseCode.Forbidden, "Forbidden"));
  socket.once("close", stopWatching);
  return true;
}

/** What Yoga and its plugins make of an operation's steps. */
type Enveloped = Readonly<{
  schema: GraphQLSchema;
  parse(source: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): RequestContext | Promise<RequestContext>;
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
}>;
/** A query or a mutation. A subscription stays for long, and keeps nothing of Yoga's. */
type Immediate = ExecutionArgs & Pick<Enveloped, "execute">;

async function prepare(
  app: AppContext,
  yoga: Yoga,
  readAddress: ReadAddress,
  budgets: Budgets,
  ctx: SocketContext,
  payload: SubscribePayload,
): Promise<ExecutionArgs | Immediate | readonly GraphQLError[]> {
  const { viewer = null, request } = ctx.extra;
  const caller = { viewer, userAgent: request.headers["user-agent"] ?? null, ip: readAddress(request) };
  const enveloped: Enveloped = yoga.getEnveloped({ socket: caller, params: payload } as never);
  const contextValue = await enveloped.contextFactory();
  const refuse = (errors: readonly unknown[]) => mapErrors(errors, contextValue.requestId, app.log);
  try {
    await budgets.takeRequest({ ip: caller.ip, userId: viewer?.userId });
    if (Object.keys(ctx.subscriptions).length > MAX_SUBSCRIPTIONS) throw tooManySubscriptions();
    const document = enveloped.parse(payload.query);
    const errors = enveloped.validate(enveloped.schema, document);
    if (errors.length > 0) return refuse(errors);
    const { operationName, variables: variableValues } = payload;
    const args = { schema: enveloped.schema, document, operationName, variableValues };
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION)
      return { ...args, contextValue, execute: (these) => enveloped.execute(these) };
    const { feeds, requestId, device, viewer: asking } = contextValue;
    const kept: RequestContext = { app, feeds, requestId, device, viewer: asking };
    return { ...args, contextValue: kept };
  } catch (error) {
    return refuse([error]);
  }
}

function noteSlow(app: AppContext, ctx: SocketContext): void {
  app.log.info({ userId: ctx.extra.viewer?.userId }, "closed a slow consumer");
}

const isLive = (result: object): result is LiveResults => "take" in result;

/** There is no time to wait for: the socket's others have to end. */
const tooManySubscriptions = () =>
  new GraphQLError(`A socket has ${MAX_SUBSCRIPTIONS} subscriptions at most.`, {
    extensions: { code: "RATE_LIMITED", retryAfter: 1 },
  });
