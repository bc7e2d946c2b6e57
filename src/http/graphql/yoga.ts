import type { IncomingMessage, ServerResponse } from "node:http";
import type { DocumentNode, ExecutionArgs } from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import type { RequestContext } from "../../graphql/context.ts";
import { noteRequest } from "../request-log.ts";
import { describeOperation } from "./describe-operation.ts";
import { execute } from "./execute.ts";
import { mapError } from "../../graphql/map-error.ts";
import { assertWithinLimits } from "../../graphql/operation-limits.ts";
import { createDocumentReader, type DocumentReader } from "./read-document.ts";
import { createRequestContext, type Caller, type Exchange } from "./request-context.ts";
import { schema } from "./schema.ts";
import type { Logger } from "../../platform/logger.ts";
import { answerErrors, passError } from "./answer-errors.ts";
import { answerPlainPosts } from "./answer-plain-posts.ts";
import { checkRequests, hideFaults } from "../guards/check-requests.ts";
import type { HttpParts } from "../parts.ts";
import { persistQueries } from "./persisted-queries.ts";
import type { LiveResponses } from "../streams/live-responses.ts";
import { createLongAnswers } from "../streams/long-answers.ts";

export type Yoga = YogaServerInstance<Caller, RequestContext>;

const ENDPOINT = "/graphql";
/** Bytes of a request; the longest message in the widest encoding fits well. */
export const MAX_BODY_BYTES = 256 * 1024;

/** GraphQL over HTTP, and over SSE for subscriptions, on `/graphql`. */
export type Graphql = Readonly<{
  /** The WebSocket transport executes through it too. */
  yoga: Yoga;
  handle(req: IncomingMessage, res: ServerResponse): void;
}>;

export function createGraphql(parts: HttpParts, live: LiveResponses): Graphql {
  const reader = createDocumentReader(schema, parts.app.config.graphql.introspection);
  const yoga = createYogaOf(parts, live, reader);
  const otherwise = (req: IncomingMessage, res: ServerResponse) => void yoga(req, res);
  const { fetchAPI } = yoga;
  return { yoga, handle: answerPlainPosts(parts, { find: reader.find, fetchAPI, otherwise }) };
}

function createYogaOf(parts: HttpParts, live: LiveResponses, reader: DocumentReader): Yoga {
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
      readDocuments(reader),
      nameOperations,
      operationLimits(app.logger),
      execution,
      live.plugin,
      createLongAnswers(parts),
    ],
  });
}

/** Before anything of the request is read. */
const limitAddresses = ({ readAddress, budgets }: HttpParts): Plugin<object, { req?: IncomingMessage }> => ({
  async onRequestParse({ serverContext: { req } }) {
    if (req) await budgets.takeRequest({ ip: readAddress(req) });
  },
});

const readDocuments = (reader: DocumentReader): Plugin => ({
  onParse: ({ setParseFn }) => setParseFn((source: string) => reader.parse(source)),
  onValidate: ({ setValidationFn }) =>
    setValidationFn((_schema: unknown, document: DocumentNode) => reader.validate(document)),
});

/** For the log. A socket's operations are named where they are run. */
const nameOperations: Plugin<RequestContext> = {
  onExecute: ({ args }) => nameOperation(args),
  onSubscribe: ({ args }) => nameOperation(args),
};

function nameOperation({ document, operationName, contextValue }: ExecutionArgs): void {
  const { res } = contextValue as Partial<Exchange>;
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
