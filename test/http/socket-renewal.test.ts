import WebSocket from "ws";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import { createLiveClient } from "../../packages/client/src/live/web-socket.ts";
import { openDevice } from "../_support/accounts.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
});
afterAll(() => colloquy?.close());

async function signIn(phone?: string) {
  const device = await openDevice(colloquy, phone);
  const { session } = await sessionOf(device.tokens.accessToken);
  const mint = async (ttl: string) => {
    const config = readConfig({ ...colloquy.env, ACCESS_TOKEN_TTL: ttl });
    return (await createAccessToken(config, { userId: session.userId, sessionId: session.id, now: new Date() })).token;
  };
  return { phone: device.phone, mint };
}

async function sessionOf(accessToken: string) {
  const claims = JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()) as { sid: string };
  return { session: await colloquy.db.session.findUniqueOrThrow({ where: { id: claims.sid } }) };
}

/** A socket that has been admitted, and what the server says on it. */
async function connect(token: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${colloquy.apis[0]!.port}/graphql`, "graphql-transport-ws");
  onTestFinished(() => socket.terminate());
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  const next = () =>
    new Promise<{ type: string; payload?: unknown }>((resolve) => {
      socket.once("message", (data: Buffer) => resolve(JSON.parse(data.toString()) as { type: string }));
    });
  const send = (message: object) => socket.send(JSON.stringify(message));
  await new Promise((resolve) => socket.once("open", resolve));
  send({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
  expect(await next()).toEqual({ type: "connection_ack" });
  return { socket, closed, next, send };
}

test("a ping with a newer token of the session lets a socket live as long as that", async () => {
  const { mint } = await signIn();
  const old = await mint("3s");
  const [{ socket, closed, next, send }, other] = [await connect(old), await connect(old)];
  send({ type: "ping", payload: { accessToken: await mint("6s") } });
  expect(await next()).toEqual({ type: "pong" });
  expect(await other.closed).toBe(4403);
  expect(socket.readyState).toBe(socket.OPEN);
  expect(await closed).toBe(4403);
  expect(socket.readyState).toBe(socket.CLOSED);
});

test("an older token of the session shortens nothing", async () => {
  const { mint } = await signIn();
  const { socket, next, send } = await connect(await mint("15m"));
  send({ type: "ping", payload: { accessToken: await mint("1s") } });
  expect(await next()).toEqual({ type: "pong" });
  const shorter = await connect(await mint("1s"));
  expect(await shorter.closed).toBe(4403);
  expect(socket.readyState).toBe(socket.OPEN);
});

test.each(["forged", "other session", "no text"])("a ping with a wrong token closes the socket: %s", async (kind) => {
  const { phone, mint } = await signIn();
  const { closed, send } = await connect(await mint("15m"));
  const other = await signIn(phone);
  const accessToken = kind === "forged" ? "a.b.c" : kind === "no text" ? 5 : await other.mint("15m");
  send({ type: "ping", payload: { accessToken } });
  expect(await closed).toBe(4403);
});

test("the client's socket outlives its token, without a subscription that breaks off", async () => {
  const { mint } = await signIn();
  const tokens = [await mint("3s"), await mint("15m")];
  const broken: unknown[] = [];
  const live = createLiveClient({
    url: `ws://127.0.0.1:${colloquy.apis[0]!.port}/graphql`,
    webSocketImpl: WebSocket,
    pingEveryMs: 300,
    tokens: { get: () => Promise.resolve(tokens.length > 1 ? tokens.shift()! : tokens[0]!), refuse() {} },
    onBroken: (cause) => void broken.push(cause),
  });
  onTestFinished(() => live.dispose());
  let connections = 0;
  live.on("connected", () => void (connections += 1));
  const leave = live.subscribe(
    { query: "subscription ($after: String) { accountChanged(after: $after) { __typename } }" },
    { next() {}, error() {}, complete() {} },
  );
  onTestFinished(leave);
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  expect({ connections, broken }).toEqual({ connections: 1, broken: [] });
});
