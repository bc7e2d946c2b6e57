import type { LiveResults } from "../graphql/subscribe.ts";

/**
 * One operation of a socket, from its `subscribe` until all its work has ended. It is identified by the object, not by
 * its id: a client may reuse the id of an ended operation while that one is still being opened.
 */
export class Operation {
  readonly id: string;
  /** Of the message that asked for it. */
  readonly bytes: number;
  #ended = false;
  #results: LiveResults | undefined;
  #onEnd: (() => void) | undefined;

  constructor(id: string, bytes: number) {
    this.id = id;
    this.bytes = bytes;
  }

  /** Whether nothing more of it may be sent. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether live results come of it, and nothing else is under way. */
  get live(): boolean {
    return this.#results !== undefined;
  }

  /**
   * Takes over live results: they are closed with the operation, at once where it has ended meanwhile.
   *
   * @param onEnd called once, when they are
   */
  follow(results: LiveResults, onEnd: () => void): void {
    this.#results = results;
    this.#onEnd = onEnd;
    if (this.#ended) this.end();
  }

  /** May be called again. */
  end(): void {
    this.#ended = true;
    this.#results?.close();
    this.#results = undefined;
    this.#onEnd?.();
    this.#onEnd = undefined;
  }
}

/** The operations of one socket, with those that the client has ended until what they have begun is over. */
export class Operations {
  readonly #byId = new Map<string, Operation>();
  readonly #running = new Set<Operation>();
  #bytes = 0;

  /** How many there are for the client. */
  get size(): number {
    return this.#byId.size;
  }

  /** How many keep the server busy: with those that have ended while they were opened, or run. */
  get running(): number {
    return this.#running.size;
  }

  /** The bytes of the messages that asked for them. */
  get bytes(): number {
    return this.#bytes;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** @param id one that no operation has now */
  begin(id: string, bytes: number): Operation {
    const operation = new Operation(id, bytes);
    this.#byId.set(id, operation);
    this.#running.add(operation);
    this.#bytes += bytes;
    return operation;
  }

  /** The client wants no more of it. */
  complete(id: string): void {
    const operation = this.#byId.get(id);
    if (operation?.live) return this.finish(operation);
    this.#byId.delete(id);
    operation?.end();
  }

  /** All of it is over. */
  finish(operation: Operation): void {
    operation.end();
    if (this.#byId.get(operation.id) === operation) this.#byId.delete(operation.id);
    if (this.#running.delete(operation)) this.#bytes -= operation.bytes;
  }

  endAll(): void {
    this.#byId.clear();
    for (const operation of this.#running) operation.end();
  }
}
