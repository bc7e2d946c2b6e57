import { createClient } from "graphql-ws";
import WebSocket from "ws";
import type { DemoReplyStreamSubscription, TypedDocumentString } from "../generated/graphql/graphql.ts";
import { ReplyStream } from "./documents.ts";
import { createReplyText } from "./reply-text.ts";

/** A chunk, and what it means to a reader: the text it adds, or that what was there before is void, and all thoughts so far. */
export type ReplyNews = DemoReplyStreamSubscription["replyStream"] &
  Readonly<{ added: string; restarted: boolean; thoughts: string }>;

/** What a front end does: queries over HTTP, the live reply over a WebSocket. */
export type DemoClient = Readonly<{
  /** Sent along from now on. */
  useToken(accessToken: string): void;
  /** @throws with the errors' codes and messages */
  request<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result>;
  /** Follows a reply to its end, also over lost connections. */
  watchReply(messageId: string): AsyncGenerator<ReplyNews, void>;
  close(): Promise<void>;
}>;

const REQUEST_LIMIT_MS = 15_000;

export function createDemoClient(urls: { url: string; wsUrl: string }): DemoClient {
  let authorization: string | undefined;
  const sockets = createClient({
    url: urls.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization }),
    // Also when nothing listens for a moment, which graphql-ws takes for the end by default.
    shouldRetry: () => true,
  });

  return {
    useToken(accessToken) {
      authorization = `Bearer ${accessToken}`;
    },
    async request<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables) {
      const body = JSON.stringify({ query: document.toString(), variables });
      const { data, errors } = await post<Result>(urls.url, body, authorization);
      if (errors || !data) throw new Error(describeFaults(errors));
      return data;
    },
    async *watchReply(messageId) {
      const text = createReplyText();
      let thoughts = "";
      const variables = {
        messageId,
        // Read again for each reconnect, so that the stream goes on where the text at hand ends.
        get attempt() {
          return text.position().attempt;
        },
        get offset() {
          return text.position().offset;
        },
        get thoughtOffset() {
          return thoughts.length;
        },
      };
      const results = sockets.iterate<DemoReplyStreamSubscription>({ query: ReplyStream.toString(), variables });
      try {
        for await (const result of results) {
          if (!result.data) throw new Error(describeFaults(result.errors));
          const { replyStream } = result.data;
          const { attempt, thought } = replyStream;
          if (attempt > text.position().attempt) thoughts = "";
          if (thought) thoughts = thoughts.slice(0, thought.offset) + thought.text;
          yield { ...replyStream, ...text.take(replyStream), thoughts };
        }
      } catch (error) {
        throw error instanceof Error ? error : new Error(describeEnd(error), { cause: error });
      }
    },
    async close() {
      await sockets.dispose();
    },
  };
}

async function post<Result>(url: string, body: string, authorization: string | undefined): Promise<Answer<Result>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
      body,
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    return (await response.json()) as Answer<Result>;
  } catch (cause) {
    throw new Error(`The API at ${url} does not answer as it should: ${String(cause)}`, { cause });
  }
}

type Answer<Result> = Readonly<{ data?: Result | null; errors?: readonly GraphqlFault[] }>;

/** graphql-ws throws the errors of a refused subscription, or the event with which its socket closed for good. */
function describeEnd(end: unknown): string {
  if (Array.isArray(end)) return describeFaults(end as GraphqlFault[]);
  const { code, reason } = (typeof end === "object" && end !== null ? end : {}) as { code?: unknown; reason?: unknown };
  return `The live connection was closed (${[code, reason].filter(Boolean).join(", ") || "no reason given"})`;
}

type GraphqlFault = Readonly<{ message: string; extensions?: { readonly code?: string } | undefined }>;

function describeFaults(faults: readonly GraphqlFault[] = []): string {
  const texts = faults.map(({ message, extensions }) => `${message} (${extensions?.code ?? "no code"})`);
  return texts.join("; ") || "The API answered without data";
}
