import type { ServerResponse } from "node:http";
import { getOperationAST, GraphQLError, type ExecutionArgs, type ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { RequestContext } from "../../graphql/context.ts";
import type { Exchange } from "../graphql/request-context.ts";
import { declaredOf } from "../graphql/declared-variables.ts";
import { subscribe, type LiveResults } from "../graphql/subscribe.ts";
import type { HttpParts } from "../parts.ts";
import { answerOnce } from "./answer-once.ts";
import { deliverResponse } from "./deliver-response.ts";
import { chooseLiveFormat, takesJson } from "./live-formats.ts";

/** Subscriptions over HTTP: as an event stream, or as Apollo's multipart answer. */
export type LiveResponses = Readonly<{
  plugin: Plugin<RequestContext, Partial<Exchange>>;
  /** Cuts all there are, also those that are being opened: to its client that is a fault that passes, not the end. */
  close(): void;
}>;

/**
 * Whatever a live answer takes (its count among the connections, the watch over its session, its feed) is given back
 * when its response closes, and by nothing else: every way to leave, at any moment, ends in that.
 */
export function createLiveResponses({
  app: { logger, metrics },
  sessions,
  budgets,
  readAddress,
}: HttpParts): LiveResponses {
  const open = new Set<ServerResponse>();
  metrics.gauge("colloquy_streams", "Subscriptions over HTTP that are open.", () => open.size);
  let stopping = false;

  async function openLive(args: ExecutionArgs): Promise<LiveResults | ExecutionResult> {
    const { req, res, app, feeds, requestId, device, viewer } = args.contextValue as RequestContext & Exchange;
    if (!chooseLiveFormat(req.headers.accept)) return { errors: [notAcceptable()] };
    // Already closed; or pipelined behind another answer, where its close would not be noticed.
    if (res.closed || !res.socket) return { errors: [pipelined()] };
    const release = budgets.openStream({ ip: readAddress(req), viewer });
    const stopWatching = viewer ? sessions.watch(viewer, () => res.destroy()) : () => {};
    open.add(res);
    res.once("close", () => {
      open.delete(res);
      release();
      stopWatching();
    });
    if (stopping) res.destroy();
    const operation = getOperationAST(args.document, args.operationName);
    const variableValues = operation ? declaredOf(operation, args.variableValues) : {};
    // A subscription stays for long, and keeps nothing of Yoga's.
    const contextValue: RequestContext = { app, feeds, requestId, device, viewer };
    const opened = await subscribe({ ...args, variableValues, contextValue });
    if (!isLive(opened)) return opened;
    if (res.destroyed) opened.close();
    else res.once("close", () => opened.close());
    return opened;
  }

  return {
    plugin: {
      onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(openLive),
      onResultProcess({ request, result, serverContext: { res }, setResultProcessor }) {
        const accept = request.headers.get("accept");
        const format = chooseLiveFormat(accept);
        if (!res || !format) return;
        if (isLive(result)) {
          // The response goes its own way from here; nothing of the request stays with it.
          setResultProcessor(() => {
            const onSlow = () => logger.info("closed a slow consumer");
            if (!res.destroyed) deliverResponse(res, result, format, { onSlow });
            return new Promise(() => {});
          }, format.contentType);
        } else if (!takesJson(accept)) {
          const answer = result as ExecutionResult;
          setResultProcessor((_, { Response }) => answerOnce(answer, format, Response), format.contentType);
        }
      },
    },
    close() {
      stopping = true;
      for (const response of open) response.destroy();
    },
  };
}

const isLive = (result: object): result is LiveResults => "take" in result;

const notAcceptable = () =>
  refusal(
    406,
    "A subscription is answered as text/event-stream, or as multipart/mixed;subscriptionSpec=1.0: accept one of them, or use a WebSocket.",
  );

const pipelined = () => refusal(400, "A subscription cannot wait behind another answer on its connection.");

const refusal = (status: number, message: string) =>
  new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", http: { status } } });
