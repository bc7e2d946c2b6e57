import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient, type Client as WsClient, type ClientOptions } from "graphql-ws";
import WebSocket from "ws";
import type { ResultOf, VariablesOf } from "./client-types.ts";
import { CreateChatroom, MessageAdded, ReplyStream, SendMessage, SendOtp, VerifyOtp } from "./documents.ts";
import { ReplyInParts } from "./parts-documents.ts";
import type { TypedDocumentString } from "../../tools/generated/graphql/graphql.ts";
import { createWatch, type Watch } from "./watch.ts";

type Document = TypedDocumentString<unknown, never> | TypedDocumentString<never, never>;

/** What a server answers. */
export type Answer<Result> = Readonly<{
  status: number;
  headers: Headers;
  data: Result | null | undefined;
  errors: readonly { message: string; path?: readonly string[]; extensions: Record<string, unknown> }[];
}>;

/** A client of one API: plain HTTP, graphql-ws and graphql-sse, with one access token. */
export type TestClient = Readonly<{
  url: string;
  token(): string;
  useToken(token: string): void;
  userId(): string;
  signIn(): Promise<void>;
  /** @throws {Error} with the errors' codes, when there are any */
  request<D extends Document>(document: D, ...variables: VariablesOf<D>): Promise<ResultOf<D>>;
  /** The answer as it is, errors and all. */
  ask<D extends Document>(document: D, ...variables: VariablesOf<D>): Promise<Answer<ResultOf<D>>>;
  createRoom(title?: string): Promise<string>;
  /** @returns the ids of the message and its reply */
  send(
    chatroomId: string,
    content: string,
    more?: Omit<VariablesOf<typeof SendMessage>[0]["input"], "chatroomId" | "content">,
  ): Promise<{ messageId: string; replyId: string }>;
  watchReply(messageId: string, from?: { attempt: number; offset: number }, via?: Transport): Watch<ReplyChunk>;
  /** With thoughts and activities. */
  watchParts(messageId: string, from?: PartsPosition, via?: Transport): Watch<PartsChunk>;
  watchMessages(chatroomId: string, after?: string, via?: Transport): Watch<AddedMessage>;
  /** A graphql-ws client of its own, closed with this one. */
  connect(options?: Partial<ClientOptions>): WsClient;
  close(): Promise<void>;
}>;

export type Transport = "ws" | "sse";
export type ReplyChunk = ResultOf<typeof ReplyStream>["replyStream"];
export type PartsChunk = ResultOf<typeof ReplyInParts>["replyStream"];
export type PartsPosition = { attempt: number; offset: number; thoughtOffset: number; activity: number };
export type AddedMessage = ResultOf<typeof MessageAdded>["messageAdded"];

const REQUEST_LIMIT_MS = 30_000;

export function createTestClient(url: string): TestClient {
  let token = "";
  let userId = "";
  const connections: WsClient[] = [];
  let shared: WsClient | undefined;

  function connect(options: Partial<ClientOptions> = {}): WsClient {
    const client = createWsClient({
      url: url.replace(/^http/, "ws"),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: () => (token ? { authorization: `Bearer ${token}` } : {}),
      ...options,
    });
    connections.push(client);
    return client;
  }

  async function ask<D extends Document>(document: D, ...[variables]: VariablesOf<D>): Promise<Answer<ResultOf<D>>> {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    const body = (await response.json()) as Partial<Answer<ResultOf<D>>>;
    return { status: response.status, headers: response.headers, data: body.data, errors: body.errors ?? [] };
  }

  async function request<D extends Document>(document: D, ...variables: VariablesOf<D>): Promise<ResultOf<D>> {
    const { data, errors } = await ask(document, ...variables);
    if (errors.length > 0 || !data) throw new Error(errors.map(({ extensions }) => extensions["code"]).join(", "));
    return data;
  }

  function subscribe<Result, Event>(
    query: string,
    variables: Record<string, unknown>,
    via: Transport,
    pick: (result: Result) => Event,
  ): Watch<Event> {
    return createWatch<Event>((sink) => {
      const each = {
        next(result: { data?: Result | null; errors?: readonly unknown[] }) {
          if (result.errors) sink.error(result.errors);
          else if (result.data) sink.next(pick(result.data));
        },
        error: sink.error,
        complete: sink.complete,
      };
      if (via === "ws") return (shared ??= connect()).subscribe<Result>({ query, variables }, each as never);
      const sse = createSseClient({ url, retryAttempts: 0, headers: { authorization: `Bearer ${token}` } });
      const stop = sse.subscribe<Result>({ query, variables }, each);
      return () => {
        stop();
        sse.dispose();
      };
    });
  }

  const client: TestClient = {
    url,
    token: () => token,
    useToken: (other) => void (token = other),
    userId: () => userId,
    connect,
    ask,
    request,
    async signIn() {
      const phone = newPhone();
      const { sendOtp } = await request(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
      const { verifyOtp } = await request(VerifyOtp, { input: { phone, code: sendOtp.code ?? "" } });
      token = verifyOtp.accessToken;
      userId = verifyOtp.user.id;
    },
    async createRoom(title = "A room") {
      const { createChatroom } = await request(CreateChatroom, { input: { title } });
      return createChatroom.id;
    },
    async send(chatroomId, content, more = {}) {
      const { sendMessage } = await request(SendMessage, { input: { chatroomId, content, ...more } });
      if (!sendMessage.reply) throw new Error("the message was queued");
      return { messageId: sendMessage.message.id, replyId: sendMessage.reply.id };
    },
    watchReply: (messageId, from, via = "ws") =>
      subscribe(
        ReplyStream.toString(),
        { messageId, ...from },
        via,
        ({ replyStream }: ResultOf<typeof ReplyStream>) => replyStream,
      ),
    watchParts: (messageId, from, via = "ws") =>
      subscribe(
        ReplyInParts.toString(),
        { messageId, ...from },
        via,
        ({ replyStream }: ResultOf<typeof ReplyInParts>) => replyStream,
      ),
    watchMessages: (chatroomId, after, via = "ws") =>
      subscribe(
        MessageAdded.toString(),
        { chatroomId, after },
        via,
        ({ messageAdded }: ResultOf<typeof MessageAdded>) => messageAdded,
      ),
    async close() {
      await Promise.all(connections.map(async (each) => each.dispose()));
    },
  };
  return client;
}

let lastPhone = Math.floor(Math.random() * 1_000_000);

/** A number nobody has used in this run: New York's area code and a running number, each in another range. */
const newPhone = (): string => `+1212${2_000_000 + (lastPhone = (lastPhone + 10_007) % 7_999_999)}`;

/** What a client makes of the chunks of a reply, by the rule in the schema. */
export function joinChunks(
  chunks: readonly ReplyChunk[],
  start = { attempt: 0, text: "" },
): { attempt: number; text: string } {
  let { attempt, text } = start;
  for (const chunk of chunks) {
    if (chunk.attempt > attempt) text = "";
    attempt = Math.max(attempt, chunk.attempt);
    text = text.slice(0, chunk.offset) + chunk.text;
  }
  return { attempt, text };
}
