import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import type { AccessTokens } from "../../packages/client/src/session/access-tokens.ts";
import { OpenRoom, type OpenRoomData, type OpenRoomVariables } from "../../packages/client/src/documents.ts";
import type { ReplyText } from "../../packages/client/src/reply/reply-text.ts";
import type { FinishedReply } from "../../packages/client/src/watch.ts";
import { TypedDocumentString } from "../../tools/generated/graphql/graphql.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { numberedChunks, numberedText } from "../../tools/fakes/gemini/text.ts";
import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import type { TestClient } from "./client.ts";
import type { Colloquy } from "./colloquy.ts";
import { GetMessage } from "./documents.ts";
import { openSubject, type Kind, type Subject } from "./example-clients.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import { shareColloquy } from "./shared-colloquy.ts";
import { createWatch, type Watch } from "./watch.ts";

const CHUNKS = { chunks: 100, size: 24, unicode: true };
export const TEXT = numberedText(CHUNKS);
const PARTS = numberedChunks(CHUNKS);

type Options = Readonly<{
  tokens?: AccessTokens;
  port?: number;
  pingEveryMs?: number;
  answerLimitMs?: number;
  silenceLimitMs?: number;
}>;

/** What tests of the examples do, in a Colloquy with a user. What a test opens is closed after it. */
export function setUpExamples() {
  let colloquy: Colloquy;
  let alice: TestClient;
  const open: { close(): void | Promise<void> }[] = [];

  beforeAll(async () => {
    colloquy = await shareColloquy({ apis: 2 });
    alice = await colloquy.signIn();
  });
  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each.close();
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await colloquy.close();
  });

  async function startNetwork(port = colloquy.apis[0]?.port ?? 0): Promise<{ proxy: Proxy }> {
    const proxy = await startProxy(port);
    open.push(proxy);
    return { proxy };
  }

  async function start(
    kind: Kind,
    { tokens, port, ...limits }: Options = {},
  ): Promise<{ subject: Subject; proxy: Proxy }> {
    const { proxy } = await startNetwork(port);
    const subject = openSubject(kind, {
      authority: `127.0.0.1:${proxy.port}`,
      tokens: tokens ?? { get: () => Promise.resolve(alice.token()), refuse: () => {} },
      ...limits,
    });
    open.push(subject);
    return { subject, proxy };
  }

  const openRoom = async (chatroomId: string) => {
    const document = new TypedDocumentString<OpenRoomData, OpenRoomVariables>(OpenRoom);
    return (await alice.request(document, { chatroomId })).chatroom;
  };

  /** Starts a reply that stands still after its first half. */
  async function askInHalves(question: string): Promise<{ id: string; goOn(): void }> {
    const gate = createGate();
    const half = PARTS.length / 2;
    colloquy.gemini.onPrompt(question, [
      { chunks: PARTS.slice(0, half), delayMs: 2 },
      { waitFor: gate },
      { chunks: PARTS.slice(half), delayMs: 2 },
    ]);
    const { replyId } = await alice.send(await alice.createRoom(), question);
    return { id: replyId, goOn: gate.open };
  }

  /** A message and its whole reply, over a connection that nothing breaks. */
  async function exchange(room: string, content: string): Promise<{ messageId: string; replyId: string }> {
    const sent = await alice.send(room, content);
    await alice.watchReply(sent.replyId).completed;
    return sent;
  }

  /** The reader has exactly the stored text, and got no code unit of it more than once. */
  async function expectWhole(watch: Watch<ReplyText<FinishedReply>>, subject: Subject, replyId: string): Promise<void> {
    const last = await watch.until(({ message }) => message !== null);
    const { message: stored } = await alice.request(GetMessage, { id: replyId });
    expect(last.text).toBe(TEXT);
    expect(last).toMatchObject({ status: "COMPLETE", message: { content: TEXT } });
    expect(stored?.content).toBe(TEXT);
    expect(subject.receivedUnits()).toBe(TEXT.length);
    expect(watch.events.filter(({ message }) => message !== null)).toHaveLength(1);
  }

  async function mintToken(ttl: string, now = new Date()): Promise<string> {
    const session = await colloquy.db.session.findFirstOrThrow({ where: { userId: alice.userId() } });
    const config = readConfig({ ...colloquy.env, ACCESS_TOKEN_TTL: ttl });
    return (await createAccessToken(config, { userId: alice.userId(), sessionId: session.id, now })).token;
  }

  return {
    open,
    startNetwork,
    start,
    openRoom,
    askInHalves,
    exchange,
    expectWhole,
    mintToken,
    get colloquy() {
      return colloquy;
    },
    get alice() {
      return alice;
    },
  };
}

export const follow = (subject: Subject, replyId: string) =>
  createWatch<ReplyText<FinishedReply>>((sink) => subject.watchReply(replyId, sink));

/** What a watcher got at the end. */
export async function failure(watch: Watch<unknown>): Promise<unknown> {
  return watch.completed.then(
    () => "it completed",
    (error: unknown) => (error instanceof Error && error.name === "SubscriptionFailure" ? error.cause : error),
  );
}

/** The code of the first GraphQL error, in whichever way a client wraps it. */
export function codeOf(cause: unknown): unknown {
  const { errors, graphQLErrors, code } = cause as { errors?: unknown; graphQLErrors?: unknown; code?: unknown };
  const [first] = (Array.isArray(cause) ? cause : (errors ?? graphQLErrors ?? [])) as {
    extensions: { code: string };
  }[];
  return first ? first.extensions.code : code;
}
