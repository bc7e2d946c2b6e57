import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from "graphql";
import type { FeedCursor } from "../../platform/feed/feed.ts";
import type { LiveSource } from "../../platform/feed/live-source.ts";
import { executeWithin } from "../../graphql/answer-size.ts";
import type { RequestContext } from "../../graphql/context.ts";
import { mapError, mapErrors } from "../../graphql/map-error.ts";
import { assertWithinLimits } from "../../graphql/operation-limits.ts";
import { openSpan } from "../../platform/telemetry/tracing.ts";

/** The result of one event, the same object for all readers. */
export interface LiveResult {
  readonly value: ExecutionResult;
  /** `value` as JSON in UTF-8, made once. */
  readonly json: Uint8Array;
}

/** A subscription's results. */
export type LiveResults = LiveSource<LiveResult>;

/**
 * Subscribes, and executes each event once for all who watch it in this process with the same document,
 * (declared) variables and session: feeds hand the same event object to every reader at one position.
 *
 * @returns an error result when the subscription is refused, or breaks the limits of operations; otherwise results
 *   whose `take` throws mapped errors
 */
export async function subscribe(args: ExecutionArgs): Promise<LiveResults | ExecutionResult> {
  const { requestId, app } = args.contextValue as RequestContext;
  const map = (errors: readonly unknown[]) => mapErrors(errors, requestId, app.logger);
  try {
    assertWithinLimits(args);
    const opened = await createSourceEventStream(args);
    if (isCursor(opened)) return new Results(args, opened);
    return { errors: map((opened as ExecutionResult).errors ?? []) };
  } catch (error) {
    return { errors: map([error]) };
  }
}

/** One reader's results. */
class Results implements LiveResults {
  readonly #args: ExecutionArgs;
  readonly #cursor: FeedCursor<object>;
  readonly #audience: Audience;
  /** Taken from the feed, and still being executed. */
  #pending: SharedResult | undefined;
  #closed = false;
  #listener = () => {};

  constructor(args: ExecutionArgs, cursor: FeedCursor<object>) {
    this.#args = args;
    this.#cursor = cursor;
    this.#audience = joinAudience(args, cursor.log);
    cursor.onNews(() => this.#listener());
  }

  get ended(): boolean {
    return this.#cursor.ended && !this.#pending;
  }

  take(): LiveResult | undefined {
    const shared = this.#pending ?? this.#takeShared();
    if (!shared) return undefined;
    this.#pending = shared.result ? undefined : shared;
    return shared.result;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending = undefined;
    // Also when the cursor has ended by itself: others may still read the log.
    leaveAudience(this.#audience);
    this.#cursor.close();
  }

  #takeShared(): SharedResult | undefined {
    const event = this.#takeEvent();
    if (!event) return undefined;
    const { live } = this.#cursor;
    const { last } = this.#audience;
    const same = last && last.event === event && last.live === live;
    const known = same && !(last.result && this.#cursor.readsWhenDelivered);
    const shared = known
      ? last
      : (this.#audience.last = shareExecution(this.#args, event, live, this.#cursor.position));
    if (!shared.result) shared.waiting.push(() => this.#listener());
    return shared;
  }

  #takeEvent(): object | undefined {
    try {
      return this.#cursor.take();
    } catch (error) {
      const { requestId, app } = this.#args.contextValue as RequestContext;
      throw mapError(error, requestId, app.logger);
    }
  }
}

/** The result of one event for all of one audience. */
interface SharedResult {
  readonly event: object;
  readonly live: boolean;
  /** Undefined while it is being executed. */
  result: LiveResult | undefined;
  /** Called when it is there. */
  readonly waiting: (() => void)[];
}

/**
 * A cursor knows whether its reader has caught up, and its position. Each result carries both: `extensions.live` and,
 * unless the event itself has it, `extensions.position`.
 */
function shareExecution(args: ExecutionArgs, event: object, live: boolean, position: string | undefined): SharedResult {
  const { requestId, app } = args.contextValue as RequestContext;
  const shared: SharedResult = { event, live, result: undefined, waiting: [] };
  const parent = "trace" in event && typeof event.trace === "string" ? event.trace : undefined;
  const span = parent === undefined ? undefined : openSpan("deliver the first text", { parent });
  const finish = ({ data, errors }: ExecutionResult) => {
    shared.result = new OneResult({
      ...(data !== undefined && { data }),
      ...(errors && { errors: mapErrors(errors, requestId, app.logger) }),
      extensions: { live, ...(position !== undefined && { position }) },
    });
    for (const tell of shared.waiting.splice(0)) tell();
    span?.end();
  };
  // A context of its own: what is counted for each answer is counted for each event here.
  const contextValue = { ...(args.contextValue as RequestContext) };
  const executed = executeWithin({ ...args, rootValue: event, contextValue });
  if (executed instanceof Promise)
    executed.then(finish, (error: unknown) => finish({ errors: [error as GraphQLError] }));
  else finish(executed);
  return shared;
}

// Unlike `Buffer.from` it takes no slab of a pool, which would be held for as long as the result.
const utf8 = new TextEncoder();

class OneResult implements LiveResult {
  readonly value: ExecutionResult;
  #json: Uint8Array | undefined;

  constructor(value: ExecutionResult) {
    this.value = value;
  }

  get json(): Uint8Array {
    return (this.#json ??= utf8.encode(JSON.stringify(this.value)));
  }
}

/** Readers of one log that get the same result of an event. Those that keep up are all at the last one. */
interface Audience {
  readonly name: string;
  readonly others: Map<string, Audience>;
  readers: number;
  last: SharedResult | undefined;
}

const audiences = new WeakMap<object, Map<string, Audience>>();

function joinAudience(args: ExecutionArgs, log: object): Audience {
  let others = audiences.get(log);
  if (!others) audiences.set(log, (others = new Map<string, Audience>()));
  const name = nameAudience(args);
  let audience = others.get(name);
  if (!audience) others.set(name, (audience = { name, others, readers: 0, last: undefined }));
  audience.readers += 1;
  return audience;
}

function leaveAudience(audience: Audience): void {
  audience.readers -= 1;
  if (audience.readers === 0) audience.others.delete(audience.name);
}

const documentIds = new WeakMap<DocumentNode, number>();
let lastDocumentId = 0;

/** Names all that the result of an event depends on, besides the event. */
function nameAudience({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  let id = documentIds.get(document);
  if (id === undefined) documentIds.set(document, (id = ++lastDocumentId));
  const { viewer } = contextValue as RequestContext;
  return JSON.stringify([id, operationName, variableValues, viewer?.userId, viewer?.sessionId]);
}

/** Every subscription follows a feed; anything else is an error of graphql-js. */
const isCursor = (opened: object): opened is FeedCursor<object> => "take" in opened;
