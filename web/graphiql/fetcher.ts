import type { Client, ClientOptions, FormattedExecutionResult } from "graphql-ws";
import type { Memory } from "./memory.ts";
import {
  chosenOperation,
  closeCode,
  isUnauthenticated,
  readResult,
  refusal,
  type Params,
  type Result,
} from "./results.ts";
import type { Tokens } from "./tokens.ts";

type Options = { headers?: Record<string, string> };
type Observer = { next(result: Result): void; complete(): void };
type Live = { subscribe(observer: Observer): { unsubscribe: () => void } };

/** What GraphiQL calls for each run: a promise of the answer or, for a subscription, something to observe. */
export type Fetcher = ((params: Params, options?: Options) => Promise<Result> | Live) & {
  /** Stops following the reply that was asked for. */
  leave(): void;
};

export type FetcherParts = {
  /** The API's address, absolute: queries and mutations go there by POST. */
  endpoint: string;
  memory: Memory;
  tokens: Tokens;
  fetch: typeof fetch;
  createClient: (options: ClientOptions) => Client;
  /** Hears null when a run begins, and the data of each event of a subscription or of a reply that is followed. */
  onEvent: (data: unknown) => void;
};

const FOLLOW = `subscription ($messageId: ID!) { replyStream(messageId: $messageId) {
  attempt offset text status thought { offset text } activities { part { ... on SearchPart { sources { title uri } } } }
} }`;

/**
 * Sends what GraphiQL runs, with the access token and the placeholders filled in. Results are handed on untouched. A reply
 * that a mutation asks for is followed from then on, until another run begins.
 */
export function createFetcher({ endpoint, memory, tokens, fetch, createClient, onEvent }: FetcherParts): Fetcher {
  let leave = () => {};

  function fetcher(params: Params, options: Options = {}): Promise<Result> | Live {
    if (params.operationName !== "IntrospectionQuery") {
      leave();
      onEvent(null);
    }
    let variables: unknown;
    try {
      variables = memory.fillIn(params.variables ?? {});
    } catch (error) {
      return Promise.resolve(refusal(error));
    }
    const { kind, name } = chosenOperation(params);
    const request = { query: params.query, variables, operationName: name };
    return kind === "subscription" ? watch(request, options) : post(request, options);
  }

  async function post(request: Params, options: Options, refused: string | null = null): Promise<Result> {
    try {
      const token = await tokens.get(refused);
      const headers = {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        ...authorize(token, options),
      };
      const response = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(request) });
      const text = await response.text();
      const result = readResult(text);
      if (result === null) return refusal(`The server answered ${response.status} with: ${text.slice(0, 500)}`);
      // A token that has expired, or that an API with another secret gave, would keep out a person who signs in again.
      if (isUnauthenticated(result) && token !== null && refused === null) return await post(request, options, token);
      const before = memory.recall("replyId");
      memory.learn(result.data, request.variables);
      const replyId = memory.recall("replyId");
      if (replyId !== null && replyId !== before) follow(replyId);
      return result;
    } catch (error) {
      return refusal(`The server cannot be reached (${error instanceof Error ? error.message : String(error)}).`);
    }
  }

  function follow(messageId: string): void {
    const live = watch({ query: FOLLOW, operationName: null, variables: { messageId } }, {});
    leave = live.subscribe({ next: () => {}, complete: () => {} }).unsubscribe;
  }

  /** A socket for each run: its connection_init carries the token as it is now, not as it was at the first run. */
  function watch(request: Params, options: Options): Live {
    const subscribe = ({ next, complete }: Observer) => {
      let token: string | null = null;
      let refused: string | null = null;
      const client = createClient({
        url: endpoint.replace(/^http/, "ws"),
        connectionParams: async () => {
          token = await tokens.get(refused);
          return authorize(token, options);
        },
        retryAttempts: 3,
        shouldRetry(event) {
          if (closeCode(event) !== 4403) return closeCode(event) !== undefined;
          // It would be the same again, unless there is a new token to be had.
          refused = token;
          return refused !== null && memory.recall("refreshToken") !== null;
        },
      });
      // GraphiQL would take the end of a run that was stopped for the end of the next one.
      let stopped = false;
      const unlessStopped = (step: () => void) => {
        if (!stopped) step();
      };
      const stop = client.subscribe(request as { query: string; variables: Record<string, unknown> }, {
        next(result: FormattedExecutionResult) {
          memory.learn(result.data, request.variables);
          unlessStopped(() => {
            onEvent(result.data);
            next(result as Result);
          });
        },
        error: (error) =>
          unlessStopped(() => {
            next(refusal(error));
            complete();
          }),
        complete: () => unlessStopped(complete),
      });
      return {
        unsubscribe() {
          stopped = true;
          stop();
        },
      };
    };
    return { subscribe };
  }

  return Object.assign(fetcher, { leave: () => leave() });
}

/** Headers in small letters, so that one that somebody typed goes before the page's own. */
function authorize(token: string | null, { headers = {} }: Options): Record<string, string> {
  const typed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...(token !== null && { authorization: `Bearer ${token}` }), ...typed };
}
