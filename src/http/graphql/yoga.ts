import type { IncomingMessage, ServerResponse } from "node:http";
import type { DocumentNode, ExecutionArgs } from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import type { Viewer } from "../../features/auth/viewer.ts";
import type { RequestContext } from "../../graphql/context.ts";
import { createRequestId, requestIdOf } from "../request-id.ts";
import { noteRequest } from "../request-log.ts";
import { describeOperation } from "./describe-operation.ts";
import { execute } from "./execute.ts";
import { mapError } from "../../graphql/map-error.ts";
import { assertWithinLimits } from "../../graphql/operation-limits.ts";
import { createDocumentReader } from "./read-document.ts";
import { schema } from "./schema.ts";
import type { Logger } from "../../platform/logger.ts";
import { answerErrors, passError } from "./answer-errors.ts";
import { checkRequests, hideFaults } from "../guards/check-requests.ts";
import type { HttpParts } from "../parts.ts";
import { persistQueries } from "./persisted-queries.ts";
import type { LiveResponses } from "../streams/live-responses.ts";
import { createLongAnswers } from "../streams/long-answers.ts";

/** The caller, as far as a transport knows. */
export type Caller =
  | { req: IncomingMessage; res: ServerResponse }
  | { socket: { viewer: Viewer | null; userAgent: string | null; ip: string | null } };

export type Yoga = YogaServerInstance<Caller, RequestContext>;

const ENDPOINT = "/graphql";
/** Bytes of a request; the longest message in the widest encoding fits well. */
export const MAX_BODY_BYTES = 256 * 1024;

/** GraphQL over HTTP, and over SSE for subscriptions, on `/graphql`. The WebSocket transport executes through it too. */
export function createGraphql(parts: HttpParts, live: LiveResponses): Yoga {
  const { app } = parts;
  return createYoga<Caller, RequestContext>({
    schema,
    graphqlEndpoint: ENDPOINT,
    landingPage: false,
    logging: false,
    multipart: false,
    batching: false,
    // `checkRequests` does; Yoga's own limit leaves the connection blocked.
    maxRequestBodySize: false,
    // `readDocuments` does this; Yoga's own caches keep invalid documents, and count documents, not bytes.
    parserAndValidationCache: false,
    // `answerCors` has already answered.
    cors: false,
    graphiql: false,
    maskedErrors: { maskError: passError },
    context: (caller) => createRequestContext(parts, caller),
    plugins: [
      hideFaults(app.logger),
      answerErrors(app.logger),
      limitAddresses(parts),
      checkRequests(MAX_BODY_BYTES),
      persistQueries(app),
      readDocuments(app.config.graphql.introspection),
      nameOperations,
      operationLimits(app.logger),
      execution,
      live.plugin,
      createLongAnswers(parts),
    ],
  });
}

async function createRequestContext(parts: HttpParts, caller: Caller): Promise<RequestContext> {
  const { app, feeds } = parts;
  if ("socket" in caller) {
    const { viewer, userAgent, ip } = caller.socket;
    // A socket closes when its token expires; what it asks in that very moment is refused as well.
    const alive = viewer && viewer.expiresAt > app.clock.now() ? viewer : null;
    return { app, feeds, requestId: createRequestId(), viewer: alive, device: { userAgent, ip } };
  }
  const { req, res } = caller;
  const viewer = await parts.readViewer(req.headers.authorization);
  noteRequest(res, { userId: viewer?.userId });
  await parts.budgets.takeRequest({ userId: viewer?.userId });
  const device = { userAgent: req.headers["user-agent"] ?? null, ip: parts.readAddress(req) };
  const traceParent = app.config.traces ? parts.readTraceParent(req) : undefined;
  return { app, feeds, requestId: requestIdOf(res), viewer, device, traceParent };
}

/** Before anything of the request is read. */
const limitAddresses = ({ readAddress, budgets }: HttpParts): Plugin<object, { req?: IncomingMessage }> => ({
  async onRequestParse({ serverContext: { req } }) {
    if (req) await budgets.takeRequest({ ip: readAddress(req) });
  },
});

function readDocuments(introspection: boolean): Plugin {
  const reader = createDocumentReader(schema, introspection);
  return {
    onParse: ({ setParseFn }) => setParseFn((source: string) => reader.parse(source)),
    onValidate: ({ setValidationFn }) =>
      setValidationFn((_schema: unknown, document: DocumentNode) => reader.validate(document)),
  };
}

/** For the log. A socket's operations are named where they are run. */
const nameOperations: Plugin<RequestContext> = {
  onExecute: ({ args }) => nameOperation(args),
  onSubscribe: ({ args }) => nameOperation(args),
};

function nameOperation({ document, operationName, contextValue }: ExecutionArgs): void {
  const { res } = contextValue as Partial<Extract<Caller, { res: ServerResponse }>>;
  if (res) noteRequest(res, describeOperation(document, operationName) ?? {});
}

/** Subscriptions have theirs where they are opened. */
const operationLimits = (logger: Logger): Plugin<RequestContext> => ({
  onExecute({ args, setResultAndStopExecution }) {
    try {
      assertWithinLimits(args);
    } catch (error) {
      setResultAndStopExecution({ errors: [mapError(error, args.contextValue.requestId, logger)] });
    }
  },
});

/** By graphql-js' own `execute`, which keeps the fields in the order of the query, as the specification wants. */
const execution: Plugin = { onExecute: ({ setExecuteFn }) => setExecuteFn(execute) };
