import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import {
  CreateChatroom,
  GetChatroom,
  GetMessage,
  GetSessions,
  RevokeSession,
  SendMessage,
  SignOut,
} from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { within } from "../../_support/within.ts";

let colloquy: Colloquy;
let owner: TestClient;
let stranger: TestClient;
let nobody: TestClient;
let room: string;
let sent: { messageId: string; replyId: string };

beforeAll(async () => {
  colloquy = await shareColloquy();
  [owner, stranger] = await Promise.all([colloquy.signIn(), colloquy.signIn()]);
  nobody = colloquy.client();
  room = await owner.createRoom("Private");
  sent = await owner.send(room, "between us");
  await owner.watchReply(sent.replyId).completed;
});
afterAll(() => colloquy.close());

const codes = async (answer: Promise<{ errors: readonly { extensions: Record<string, unknown> }[] }>) =>
  (await answer).errors.map(({ extensions }) => extensions["code"]);

/** What each kind of caller is told by every operation on somebody's things. */
const attempts = (client: TestClient) => ({
  chatroom: codes(client.ask(GetChatroom, { id: room })),
  message: codes(client.ask(GetMessage, { id: sent.messageId })),
  sendMessage: codes(client.ask(SendMessage, { input: { chatroomId: room, content: "let me in" } })),
});

test("a stranger sees nothing: not even that it is there", async () => {
  for (const answer of Object.values(attempts(stranger))) expect(await answer).toEqual(["NOT_FOUND"]);
  const missing = "01a1ffca-a817-751a-8420-6b7e3907cbfe";
  expect(await codes(stranger.ask(GetChatroom, { id: missing }))).toEqual(["NOT_FOUND"]);
});

test("without a token everything private is UNAUTHENTICATED", async () => {
  for (const answer of Object.values(attempts(nobody))) expect(await answer).toEqual(["UNAUTHENTICATED"]);
  expect(await codes(nobody.ask(CreateChatroom))).toEqual(["UNAUTHENTICATED"]);
});

test.each(["ws", "sse"] as const)("subscriptions over %s refuse strangers and the signed-out", async (via) => {
  const told = async (client: TestClient) => [
    await failure(client.watchReply(sent.replyId, undefined, via).completed),
    await failure(client.watchMessages(room, undefined, via).completed),
    await failure(client.watchMessages(room, sent.messageId, via).completed),
  ];
  expect(await told(stranger)).toEqual(["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]);
  expect(await told(nobody)).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"]);
});

test("a message of another room is no position in this one", async () => {
  const other = await owner.createRoom();
  expect(await failure(owner.watchMessages(other, sent.messageId).completed)).toBe("NOT_FOUND");
});

test.each([
  ["a forged one", () => `${owner.token().slice(0, -4)}AAAA`],
  ["one of another scheme", () => "bm9uZQ=="],
])("a socket with a bad token (%s) is closed with 4403", async (_, token) => {
  const client = colloquy.client();
  client.useToken(token());
  const closed = await closeCode(client);
  expect(closed).toBe(4403);
});

test("a socket closes with 4403 when its token expires", async () => {
  const brief = await colloquy.startApi({ ACCESS_TOKEN_TTL: "2s" });
  const client = await colloquy.signIn(brief);
  expect(await closeCode(client)).toBe(4403);
  expect(await codes(client.ask(CreateChatroom))).toEqual(["UNAUTHENTICATED"]);
});

test.each(["ws", "sse"] as const)("a subscription over %s ends when its token expires", async (via) => {
  const brief = await colloquy.startApi({ ACCESS_TOKEN_TTL: "5s" });
  const client = await colloquy.signIn(brief);
  const watch = client.watchMessages(await client.createRoom(), undefined, via);
  await expect(watch.completed).rejects.toThrow(/The subscription failed|terminated/);
});

test.each(["ws", "sse"] as const)(
  "a revoked session's connections over %s close within a second, on every process, and its requests fail",
  async (via) => {
    const other = await colloquy.startApi();
    const client = await colloquy.signIn();
    const ownRoom = await client.createRoom();
    const elsewhere = colloquy.elsewhere(client, other);
    const watches = [client, elsewhere].map((each) => each.watchMessages(ownRoom, undefined, via));
    await colloquy.whenSubscribed(`message:added:${ownRoom}`, 2);
    const { me } = await client.request(GetSessions);
    const id = me?.sessions[0]?.id ?? "";
    expect(await codes(stranger.ask(RevokeSession, { id }))).toEqual(["NOT_FOUND"]);

    await within(1_000, async () => {
      expect(await client.request(SignOut)).toEqual({ signOut: true });
      for (const watch of watches) await expect(watch.completed).rejects.toThrow(/The subscription failed|terminated/);
    });
    for (const each of [client, elsewhere]) expect(await codes(each.ask(CreateChatroom))).toEqual(["UNAUTHENTICATED"]);
    if (via === "ws") await expect(watches[0]?.completed).rejects.toMatchObject({ cause: { code: 4403 } });
    await other.stop();
  },
);

test("a revocation that nobody was told of is found all the same", async () => {
  const client = await colloquy.signIn();
  const watch = client.watchMessages(await client.createRoom());
  await colloquy.db.session.updateMany({ where: { userId: client.userId() }, data: { revokedAt: new Date() } });
  await expect(watch.completed).rejects.toMatchObject({ cause: { code: 4403 } });
});

/** Subscribes, and waits for the code that the server closes the socket with. */
async function closeCode(client: TestClient): Promise<number> {
  return new Promise((resolve) => {
    const connection = client.connect({ lazy: false, onNonLazyError: () => {} });
    connection.on("closed", (event) => resolve((event as { code: number }).code));
  });
}

/** The code of the error that ends a subscription. */
async function failure(completed: Promise<unknown>): Promise<unknown> {
  const error = await completed.then(
    () => "it went on",
    (reason: unknown) => (reason as Error).cause,
  );
  const [first] = error as { extensions: { code: string } }[];
  return first?.extensions.code;
}
