import {
  createSourceEventStream,
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from "graphql";
import type { RequestContext } from "./context.ts";
import { mapError } from "./map-error.ts";

/** Results as they come; `return()` ends it. */
export interface ResultIterator {
  next(): Promise<IteratorResult<ExecutionResult, undefined>>;
  return(): Promise<IteratorReturnResult<undefined>>;
  [Symbol.asyncIterator](): ResultIterator;
}

/**
 * Subscribes, and executes each event once for all who watch it in this process with the same document,
 * variables and user: feeds hand the same event object to every reader at one position.
 *
 * @returns an error result when the subscription is refused; unlike graphql-js' own, the iterator's `return()`
 *   ends it at once, also while an event is awaited
 */
export async function subscribe(args: ExecutionArgs): Promise<ResultIterator | ExecutionResult> {
  const context = args.contextValue as RequestContext;
  const { requestId, app } = context;
  const maskAll = (errors: readonly GraphQLError[]) => errors.map((error) => mapError(error, requestId, app.log));

  let source: AsyncIterable<unknown>;
  try {
    const opened = await createSourceEventStream(args);
    if (!isAsyncIterable(opened)) return { errors: maskAll(opened.errors ?? []) };
    source = opened;
  } catch (error) {
    return { errors: [mapError(error, requestId, app.log)] };
  }

  const events: LiveIterator = source[Symbol.asyncIterator]();
  const audience = audienceOf(args, context);
  const liveAudience = `live ${audience}`;
  const executeShared = (event: unknown, { live, position }: LiveIterator) =>
    shareResult(event, live ? liveAudience : audience, async (): Promise<ExecutionResult> => {
      const { data, errors } = await execute({ ...args, rootValue: event });
      return {
        ...(data !== undefined && { data }),
        ...(errors && { errors: maskAll(errors) }),
        ...(live !== undefined && { extensions: { live, ...(position !== undefined && { position }) } }),
      };
    });

  const iterator: ResultIterator = {
    async next() {
      try {
        const taken = await events.next();
        if (taken.done) return { done: true, value: undefined };
        return { done: false, value: await executeShared(taken.value, events) };
      } catch (error) {
        await events.return?.();
        throw mapError(error, requestId, app.log);
      }
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/**
 * A feed's iterator says whether its reader has caught up, and where it stands: that goes out with each result, as
 * `extensions.live` and, where the event itself does not tell, `extensions.position`.
 */
type LiveIterator = AsyncIterator<unknown, unknown> & { live?: boolean; position?: string | undefined };

const results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();

function shareResult(
  event: unknown,
  audience: string,
  compute: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  if (typeof event !== "object" || event === null) return compute();
  const known = results.get(event) ?? new Map<string, Promise<ExecutionResult>>();
  if (known.size === 0) results.set(event, known);
  let result = known.get(audience);
  if (!result) known.set(audience, (result = compute()));
  return result;
}

const documentIds = new WeakMap<DocumentNode, number>();
let lastDocumentId = 0;

/** Names all that the result of an event depends on, besides the event. */
function audienceOf(args: ExecutionArgs, context: RequestContext): string {
  let id = documentIds.get(args.document);
  if (id === undefined) documentIds.set(args.document, (id = ++lastDocumentId));
  return JSON.stringify([id, args.operationName, args.variableValues, context.viewer?.userId]);
}

const isAsyncIterable = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value;
