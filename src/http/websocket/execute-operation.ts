import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import type { Viewer } from "../../features/auth/viewer.ts";
import type { RequestContext } from "../../graphql/context.ts";
import { declaredOf } from "../graphql/declared-variables.ts";
import { describeOperation } from "../graphql/describe-operation.ts";
import { openOperation, type OpenOperation } from "../request-log.ts";
import { mapErrors } from "../../graphql/map-error.ts";
import { subscribe, type LiveResults } from "../graphql/subscribe.ts";
import type { HttpParts } from "../parts.ts";
import type { Yoga } from "../graphql/yoga.ts";

/** The client at the other end of a socket. */
export type Peer = { readonly ip: string; readonly userAgent: string | null; viewer: Viewer | null };

/**
 * The outcome of an operation: live results, one result as JSON, or errors before its execution. `log` ends with the live
 * results; the others are logged already.
 */
export type Outcome =
  | { readonly live: LiveResults; readonly log: OpenOperation }
  | { readonly json: string }
  | { readonly errors: readonly GraphQLError[]; /** By a budget of requests. */ readonly refused?: true };

/** What of a `subscribe` message counts. */
export type OperationRequest = {
  readonly query: string;
  readonly operationName: string | null | undefined;
  /** Of these only the declared ones are left before anything is waited for. */
  variables: Record<string, unknown> | null | undefined;
};

/** Runs what a `subscribe` message asks for. Its errors are mapped. */
export type RunOperation = (peer: Peer, request: OperationRequest) => Promise<Outcome>;

/** What Yoga and its plugins make of an operation's steps. */
type Enveloped = Readonly<{
  schema: GraphQLSchema;
  parse(source: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): RequestContext | Promise<RequestContext>;
  execute(args: ExecutionArgs): Promise<Result>;
}>;

type Result = ExecutionResult & { stringify?: () => string };

export function createOperationRunner({ app, budgets }: HttpParts, yoga: Yoga): RunOperation {
  return async ({ viewer, userAgent, ip }, request) => {
    const { query, operationName } = request;
    const params = { query, operationName };
    const enveloped: Enveloped = yoga.getEnveloped({ socket: { viewer, userAgent, ip }, params } as never);
    const contextValue = await enveloped.contextFactory();
    const log = openOperation(app, contextValue.requestId);
    log.facts = { userId: viewer?.userId };
    const fail = (caught: readonly unknown[]) => {
      const errors = mapErrors(caught, contextValue.requestId, app.logger);
      log.facts = { ...log.facts, errorCode: codeOf(errors) };
      log.end();
      return { errors };
    };
    try {
      await budgets.takeRequest({ ip, userId: viewer?.userId });
    } catch (error) {
      return { ...fail([error]), refused: true };
    }
    try {
      const document = enveloped.parse(query);
      const errors = enveloped.validate(enveloped.schema, document);
      if (errors.length > 0) return fail(errors);
      const operation = getOperationAST(document, operationName);
      if (!operation) return fail([new GraphQLError("It is not clear which operation is meant.")]);
      log.facts = { ...log.facts, ...describeOperation(document, operationName) };
      const variableValues = (request.variables = declaredOf(operation, request.variables));
      const args = { schema: enveloped.schema, document, operationName, variableValues };
      const isLive = operation.operation === OperationTypeNode.SUBSCRIPTION;
      const result = await (isLive ? open(args, contextValue) : enveloped.execute({ ...args, contextValue }));
      if ("take" in result) return { live: result, log };
      const json = result.stringify?.() ?? JSON.stringify(result);
      log.facts = { ...log.facts, errorCode: codeOf(result.errors) };
      log.bytes = Buffer.byteLength(json);
      log.end();
      if (!isLive) await budgets.chargeAnswer({ ip, userId: viewer?.userId }, log.bytes);
      return { json };
    } catch (error) {
      return fail([error]);
    }
  };
}

const codeOf = (errors: readonly GraphQLError[] | undefined) => errors?.[0]?.extensions["code"] as string | undefined;

/** Not by Yoga's `subscribe`: what its plugins do for each result is done once for all who share it. */
function open(args: Omit<ExecutionArgs, "contextValue">, context: RequestContext): Promise<LiveResults | Result> {
  const { app, feeds, requestId, device, viewer } = context;
  // A subscription stays for long, and keeps nothing of Yoga's.
  const contextValue: RequestContext = { app, feeds, requestId, device, viewer };
  return subscribe({ ...args, contextValue });
}
