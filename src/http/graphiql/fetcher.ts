import type { Client, ClientOptions } from "graphql-ws";
import type { Memory } from "./memory.ts";
import type { Tokens } from "./tokens.ts";

type Result = { data?: unknown; errors?: readonly { message: string }[] };
type Params = { query: string; operationName?: string | null; variables?: unknown };
type Options = { headers?: Record<string, string> };
type Observer = { next(result: Result): void; complete(): void };

type Live = { subscribe(observer: Observer): { unsubscribe: () => void } };

/** What GraphiQL calls for each run: a promise of the answer or, for a subscription, something to observe. */
export type Fetcher = ((params: Params, options?: Options) => Promise<Result> | Live) & {
  /** Lets go of the reply that is followed. */
  leave(): void;
};

export type FetcherParts = {
  /** The API's address, absolute: queries and mutations go there by POST. */
  endpoint: string;
  memory: Memory;
  tokens: Tokens;
  fetch: typeof fetch;
  createClient: (options: ClientOptions) => Client;
  /** Told when a run begins, with null, and of each event of a subscription, and of a reply that was asked for. */
  onEvent: (data: unknown) => void;
};

/**
 * Sends what GraphiQL runs, with the access token and the placeholders filled in. Results are handed on untouched. A reply
 * that a mutation asks for is followed from then on, until another run begins.
 * Runs in the browser: the page gets this function's own text, so it can use nothing from outside of itself.
 */
export function createFetcher({ endpoint, memory, tokens, fetch, createClient, onEvent }: FetcherParts): Fetcher {
  let leave = () => {};

  function fetcher(params: Params, options: Options = {}): Promise<Result> | Live {
    const introspecting = params.operationName === "IntrospectionQuery";
    if (!introspecting) {
      leave();
      onEvent(null);
    }

    let variables: unknown;
    try {
      variables = memory.fillIn(params.variables ?? {});
    } catch (error) {
      return Promise.resolve(refusal(error));
    }

    const operation = chosenOperation(params);
    const request = { query: params.query, variables, operationName: operation.name };
    return operation.kind === "subscription" ? watch(request, options) : post(request, options);
  }

  async function post(request: Params, options: Options, refused: string | null = null): Promise<Result> {
    try {
      const token = await tokens.get(refused);
      const response = await fetch(endpoint, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json",
          ...authorization(token),
          ...lowerCased(options.headers),
        },
        body: JSON.stringify(request),
      });
      const text = await response.text();
      const result = readResult(text);
      if (result === null) return refusal(`The server answered ${response.status} with: ${text.slice(0, 500)}`);
      // A token that has run out, or that an API with another secret gave, would shut out the one who signs in again.
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
    const query =
      "subscription ($messageId: ID!) { replyStream(messageId: $messageId) { attempt offset text status } }";
    const live = watch({ query, operationName: null, variables: { messageId } }, {});
    leave = live.subscribe({ next: () => {}, complete: () => {} }).unsubscribe;
  }

  function watch(request: Params, options: Options): Live {
    return {
      subscribe(observer) {
        let token: string | null = null;
        let refused: string | null = null;
        // A socket for each run: its connection_init carries the token as it is now, not as it was at the first run.
        const client = createClient({
          url: endpoint.replace(/^http/, "ws"),
          connectionParams: async () => {
            token = await tokens.get(refused);
            return { ...authorization(token), ...lowerCased(options.headers) };
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
        const tell = (result: Result) => void (stopped || observer.next(result));
        const end = () => void (stopped || observer.complete());
        const stop = client.subscribe(
          { query: request.query, operationName: request.operationName, variables: record(request.variables) },
          {
            next(result) {
              memory.learn(result.data, request.variables);
              if (!stopped) onEvent(result.data);
              tell(result as Result);
            },
            error(error) {
              tell(refusal(error));
              end();
            },
            complete: end,
          },
        );
        return {
          unsubscribe() {
            stopped = true;
            stop();
          },
        };
      },
    };
  }

  function authorization(token: string | null): Record<string, string> {
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  /**
   * The operation to run, found in the text: just after a change of tabs GraphiQL still names the last tab's operation,
   * and hands over its document. Takes away comments, strings and all that stands in brackets; what is left are heads.
   */
  function chosenOperation({ query, operationName }: Params): { kind: string; name: string | null } {
    let heads = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, " ");
    for (let last = ""; last !== heads;) {
      last = heads;
      heads = heads.replace(/\{[^{}]*\}|\([^()]*\)/g, " ");
    }
    const operations = [...heads.matchAll(/\b(query|mutation|subscription)\b(?:\s+(\w+))?/g)].map(
      ([, kind = "query", name = null]) => ({ kind, name }),
    );
    const named = operations.find(({ name }) => name === operationName);
    if (named !== undefined) return named;
    return operations.length === 1 && operations[0] ? operations[0] : { kind: "query", name: operationName ?? null };
  }

  function refusal(error: unknown): Result {
    if (Array.isArray(error)) return { errors: error };
    const code = closeCode(error);
    if (code === 4403) {
      return refusal('The token has run out or is not valid: run the tabs "SignIn" and "EnterCode" again (4403).');
    }
    if (code !== undefined)
      return refusal(`The WebSocket was closed (${[code, record(error)["reason"]].join(" ").trim()}).`);
    return { errors: [{ message: error instanceof Error ? error.message : String(error) }] };
  }

  function closeCode(event: unknown): number | undefined {
    const { code } = record(event);
    return typeof code === "number" && !(event instanceof Error) ? code : undefined;
  }

  function isUnauthenticated({ data, errors = [] }: Result): boolean {
    const codes = errors.map((error) => record(record(error)["extensions"])["code"]);
    return (data === undefined || data === null) && codes.includes("UNAUTHENTICATED");
  }

  function readResult(text: string): Result | null {
    try {
      const value: unknown = JSON.parse(text);
      return "data" in record(value) || "errors" in record(value) ? (value as Result) : null;
    } catch {
      return null;
    }
  }

  function lowerCased(headers: Record<string, string> = {}): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  }

  function record(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  }

  return Object.assign(fetcher, { leave: () => leave() });
}
