import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import type { FeedCursor } from "../../platform/feed/feed.ts";
import type { LiveSource } from "../../platform/feed/live-source.ts";
import { executeWithin } from "../../graphql/answer-size.ts";
import type { RequestContext } from "../../graphql/context.ts";
import { mapError, mapErrors } from "../../graphql/map-error.ts";
import { assertWithinLimits } from "../../graphql/operation-limits.ts";
import { openSpan, type Span } from "../../platform/telemetry/tracing.ts";
import { createEventWriter, type EventWriter } from "./event-writer.ts";

/** A subscription's results, as JSON. */
export type LiveResults = LiveSource<string>;

/**
 * Subscribes. An event is written as JSON right away where that can be done, and executed otherwise.
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
  readonly #write: EventWriter | undefined;
  #executing = false;
  /** Of an event whose execution took a while, until it is taken. */
  #executed: string | undefined;
  #closed = false;
  #listener = () => {};

  constructor(args: ExecutionArgs, cursor: FeedCursor<object>) {
    this.#args = args;
    this.#cursor = cursor;
    this.#write = createEventWriter(args);
    cursor.onNews(() => this.#listener());
  }

  get ended(): boolean {
    return this.#cursor.ended && !this.#executing && this.#executed === undefined;
  }

  take(): string | undefined {
    if (this.#executing) return undefined;
    const executed = this.#executed;
    if (executed === undefined) return this.#takeNext();
    this.#executed = undefined;
    return executed;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#closed = true;
    this.#executed = undefined;
    this.#cursor.close();
  }

  #takeNext(): string | undefined {
    const event = this.#takeEvent();
    if (!event) return undefined;
    const extensions = this.#extensions();
    const span = spanOf(event);
    const data = this.#write?.(event);
    if (data !== undefined) {
      span?.end();
      return `{"data":${data},"extensions":${extensions}}`;
    }
    // A context of its own: what is counted for each answer is counted for each event here.
    const contextValue = { ...(this.#args.contextValue as RequestContext) };
    const executed = executeWithin({ ...this.#args, rootValue: event, contextValue });
    if (executed instanceof Promise) return void this.#await(executed, extensions, span);
    span?.end();
    return this.#stringify(executed, extensions);
  }

  /**
   * A cursor knows whether its reader has caught up, and its position. Each result carries both: `extensions.live` and,
   * unless the event itself has it, `extensions.position`.
   */
  #extensions(): string {
    const { live, position } = this.#cursor;
    return position === undefined ? `{"live":${live}}` : JSON.stringify({ live, position });
  }

  async #await(executing: Promise<ExecutionResult>, extensions: string, span: Span | undefined): Promise<void> {
    this.#executing = true;
    const result = await executing.catch((error: unknown) => ({ errors: [error as GraphQLError] }));
    span?.end();
    this.#executing = false;
    if (!this.#closed) this.#executed = this.#stringify(result, extensions);
    this.#listener();
  }

  #stringify({ data, errors }: ExecutionResult, extensions: string): string {
    const { requestId, app } = this.#args.contextValue as RequestContext;
    const result = JSON.stringify({
      ...(data !== undefined && { data }),
      ...(errors && { errors: mapErrors(errors, requestId, app.logger) }),
    });
    return `${result.slice(0, -1)},"extensions":${extensions}}`;
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

function spanOf(event: object): Span | undefined {
  const parent = "trace" in event && typeof event.trace === "string" ? event.trace : undefined;
  return parent === undefined ? undefined : openSpan("deliver the first text", { parent });
}

/** Every subscription follows a feed; anything else is an error of graphql-js. */
const isCursor = (opened: object): opened is FeedCursor<object> => "take" in opened;
