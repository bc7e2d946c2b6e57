import {
  createSourceEventStream,
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from "graphql";
import type { FeedCursor } from "../platform/feed.ts";
import { iterate, type LiveSource } from "../platform/live-source.ts";
import type { RequestContext } from "./context.ts";
import { mapError } from "./map-error.ts";
import { assertWithinLimits } from "./operation-limits.ts";

/** A subscription's results: as a source for a transport that pushes, as an iterable for one that pulls. */
export interface LiveResults extends LiveSource<ExecutionResult>, AsyncIterable<ExecutionResult> {}

/**
 * Subscribes, and executes each event once for all who watch it in this process with the same document,
 * variables and user: feeds hand the same event object to every reader at one position.
 *
 * @returns an error result when the subscription is refused, or breaks the limits of operations; otherwise results
 *   whose `take` throws mapped errors
 */
export async function subscribe(args: ExecutionArgs): Promise<LiveResults | ExecutionResult> {
  const { requestId, app } = args.contextValue as RequestContext;
  const map = (error: unknown) => mapError(error, requestId, app.log);
  try {
    assertWithinLimits(args);
    const opened = await createSourceEventStream(args);
    if (isCursor(opened)) return new Results(args, opened);
    return { errors: (opened as ExecutionResult).errors?.map(map) ?? [] };
  } catch (error) {
    return { errors: [map(error)] };
  }
}

/** One reader's results. */
class Results implements LiveResults {
  readonly #args: ExecutionArgs;
  readonly #cursor: FeedCursor<object>;
  /** Names those whose results are this reader's too: while it catches up, and when it is live. */
  readonly #audience: Readonly<{ behind: string; live: string }>;
  /** Taken from the feed, and still being executed. */
  #pending: SharedResult | undefined;
  #listener = () => {};

  constructor(args: ExecutionArgs, cursor: FeedCursor<object>) {
    this.#args = args;
    this.#cursor = cursor;
    const audience = audienceOf(args);
    this.#audience = { behind: audience, live: `live ${audience}` };
    cursor.onNews(() => this.#listener());
  }

  get ended(): boolean {
    return this.#cursor.ended && !this.#pending;
  }

  take(): ExecutionResult | undefined {
    const shared = this.#pending ?? this.#takeShared();
    this.#pending = shared && !shared.result ? shared : undefined;
    return shared?.result;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#pending = undefined;
    this.#cursor.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<ExecutionResult> {
    return iterate(this);
  }

  #takeShared(): SharedResult | undefined {
    const event = this.#takeEvent();
    if (!event) return undefined;
    const known = resultsOf(event);
    const audience = this.#cursor.live ? this.#audience.live : this.#audience.behind;
    let shared = known.get(audience);
    if (!shared) known.set(audience, (shared = shareExecution(this.#args, event, this.#cursor)));
    if (!shared.result) shared.waiting.push(() => this.#listener());
    return shared;
  }

  #takeEvent(): object | undefined {
    try {
      return this.#cursor.take();
    } catch (error) {
      const { requestId, app } = this.#args.contextValue as RequestContext;
      throw mapError(error, requestId, app.log);
    }
  }
}

/** The result of one event for all of one audience. */
interface SharedResult {
  /** Undefined while it is being executed. */
  result: ExecutionResult | undefined;
  /** Called when it is there. */
  readonly waiting: (() => void)[];
}

const results = new WeakMap<object, Map<string, SharedResult>>();

function resultsOf(event: object): Map<string, SharedResult> {
  let known = results.get(event);
  if (!known) results.set(event, (known = new Map<string, SharedResult>()));
  return known;
}

/**
 * A cursor says whether its reader has caught up, and where it stands: that goes out with each result, as
 * `extensions.live` and, where the event itself does not tell, `extensions.position`.
 */
function shareExecution(args: ExecutionArgs, event: object, { live, position }: FeedCursor<object>): SharedResult {
  const { requestId, app } = args.contextValue as RequestContext;
  const shared: SharedResult = { result: undefined, waiting: [] };
  const finish = ({ data, errors }: ExecutionResult) => {
    shared.result = {
      ...(data !== undefined && { data }),
      ...(errors && { errors: errors.map((error) => mapError(error, requestId, app.log)) }),
      extensions: { live, ...(position !== undefined && { position }) },
    };
    for (const tell of shared.waiting.splice(0)) tell();
  };
  const executed = execute({ ...args, rootValue: event });
  if (executed instanceof Promise)
    executed.then(finish, (error: unknown) => finish({ errors: [error as GraphQLError] }));
  else finish(executed);
  return shared;
}

const documentIds = new WeakMap<DocumentNode, number>();
let lastDocumentId = 0;

/** Names all that the result of an event depends on, besides the event. */
function audienceOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  let id = documentIds.get(document);
  if (id === undefined) documentIds.set(document, (id = ++lastDocumentId));
  const { viewer } = contextValue as RequestContext;
  return JSON.stringify([id, operationName, variableValues, viewer?.userId]);
}

/** Every subscription is of a feed; what is none is graphql-js' refusal. */
const isCursor = (opened: object): opened is FeedCursor<object> => "take" in opened;
