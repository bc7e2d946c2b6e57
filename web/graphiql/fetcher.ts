import { getOperationAST, OperationTypeNode, parse } from "graphql";
import type { Client, ClientOptions } from "graphql-ws";
import { createStoredTokens, resuming, SignedOut } from "../../packages/client/src/index.ts";
import type { Payload, Result, Subscribe } from "../../packages/client/src/index.ts";
import type { Memory } from "./memory.ts";

type Run = { query: string; operationName?: string | null; variables?: unknown };
type Headers = Record<string, string>;
type Answer = Result<object>;
type Observer = { next(answer: Answer): void; complete(): void };
type Parts = Readonly<{
  /** The API's address, absolute: queries and mutations go there by POST. */
  endpoint: string;
  memory: Memory;
  fetch: typeof fetch;
  createClient(options: ClientOptions): Pick<Client, "subscribe">;
}>;

/** Makes what GraphiQL calls for each run. The access token goes along, and placeholders are filled in. */
export function createFetcher({ endpoint, memory, fetch, createClient }: Parts) {
  const tokens = createStoredTokens(memory.session);
  let refused: string | null = null;

  return async function fetcher({ query, operationName, variables = {} }: Run, options: { headers?: Headers } = {}) {
    try {
      const document = parse(query);
      // Just after a change of tabs GraphiQL still names the last tab's operation.
      const { operation, name } = getOperationAST(document, operationName) ?? getOperationAST(document) ?? {};
      const payload = { query, variables: memory.fillIn(variables), ...(name && { operationName: name.value }) };
      const headers = Object.fromEntries(new globalThis.Headers(options.headers));
      return operation === OperationTypeNode.SUBSCRIPTION ? watch(payload, headers) : await post(payload, headers);
    } catch (cause) {
      return refusal(cause);
    }
  };

  async function post(payload: Payload, typed: Headers, again = true): Promise<Answer> {
    const token = await getToken();
    const headers = {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      ...bearer(token),
      ...typed,
    };
    const response = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(payload) });
    const text = await response.text();
    if (!text.startsWith("{")) throw new Error(`The server answered ${response.status} with: ${text.slice(0, 500)}`);
    const result = JSON.parse(text) as Answer;
    // A token of a session that is over would keep out a person who signs in again.
    if (again && token !== "" && !result.data && text.includes('"UNAUTHENTICATED"')) {
      refused = token;
      return post(payload, typed, false);
    }
    memory.learn(result.data, payload.variables);
    return result;
  }

  /** A socket for each run, whose headers may be others. What hands over its position resumes. */
  function watch(payload: Payload, headers: Headers) {
    let token = "";
    const client = createClient({
      url: endpoint.replace(/^http/, "ws"),
      connectionParams: async () => ({ ...bearer((token = await getToken())), ...headers }),
      retryAttempts: 0,
    });
    const resumes = /\$(after|attempt)\b/.test(payload.query);
    const subscribe: Subscribe = resumes
      ? resuming(client.subscribe, { onTokenRefused: () => (refused = token) })
      : client.subscribe;
    return {
      subscribe({ next, complete }: Observer) {
        const unsubscribe = subscribe<object>(payload, {
          next(result) {
            memory.learn(result.data, payload.variables);
            next(result);
          },
          error(cause) {
            next(refusal(cause));
            complete();
          },
          complete,
        });
        return { unsubscribe };
      },
    };
  }

  /** @returns "" for nobody */
  async function getToken(): Promise<string> {
    try {
      return (await tokens.renew({ url: endpoint, fetch }, refused)).token;
    } catch (error) {
      if (error instanceof SignedOut) return "";
      throw error;
    }
  }
}

const bearer = (token: string): Headers => (token === "" ? {} : { authorization: `Bearer ${token}` });

/** What went wrong, as a result that GraphiQL shows. */
function refusal(cause: unknown): Answer {
  if (Array.isArray(cause)) return { errors: cause };
  const {
    code,
    reason,
    message = `The WebSocket was closed (${code} ${reason}).`,
  } = cause as Partial<CloseEvent & Error>;
  return { errors: [{ message }] };
}
