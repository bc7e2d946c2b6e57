import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ChangePassword,
  DeleteAccount,
  GetSecurityEvents,
  RefreshSession,
  ResetPassword,
  SignIn,
  UpdateProfile,
} from "../../_support/account-documents.ts";
import { codeFor, codesOf, openDevice, type DeviceOf } from "../../_support/accounts.ts";
import type { ResultOf } from "../../_support/client-types.ts";
import { joinChunks, type TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { dumpRedis } from "../../_support/dump-redis.ts";
import { CreateChatroom, ListChatrooms, SignOut, VerifyOtp } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

const PASSWORD = "four words, none alike";

let colloquy: Colloquy;
let nobody: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2 });
  nobody = colloquy.client();
});
afterAll(() => colloquy.close());

const leave = ({ client }: DeviceOf, input: { code?: string; password?: string }) =>
  client.ask(DeleteAccount, { input });

const setDaysAgo = ({ tokens }: DeviceOf, days: number) =>
  colloquy.db.user.update({
    where: { id: tokens.user.id },
    data: { passwordSetAt: new Date(Date.now() - days * 86_400_000) },
  });

/** The user's events, the newest first, once there are so many. */
async function whenEvents({ tokens }: DeviceOf, atLeast: number): Promise<void> {
  await expect
    .poll(() => colloquy.db.securityEvent.count({ where: { userId: tokens.user.id } }))
    .toBeGreaterThanOrEqual(atLeast);
}

async function kindsOf({ client }: DeviceOf): Promise<string[]> {
  const { me } = await client.request(GetSecurityEvents);
  return me?.securityEvents.edges.map(({ node }) => node.kind) ?? [];
}

describe("the profile", () => {
  test("changes what is given, and only that", async () => {
    const { client } = await openDevice(colloquy);
    const named = async (input: { name?: string | null }) => {
      const { updateProfile } = await client.request(UpdateProfile, { input });
      return updateProfile.name;
    };
    expect(await named({ name: "  Ada " })).toBe("Ada");
    expect(await named({})).toBe("Ada");
    expect(await named({ name: null })).toBeNull();
  });

  test.each(["", " ", "a".repeat(101), "a\0b"])("refuses %j for a name", async (name) => {
    const { client } = await openDevice(colloquy);
    const { errors } = await client.ask(UpdateProfile, { input: { name } });
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "name" });
  });
});

describe("the trail of security events", () => {
  test("tells what happened, newest first, with device and time", async () => {
    const device = await openDevice(colloquy);
    const { phone, client } = device;
    await nobody.ask(VerifyOtp, { input: { phone, code: "000000" } });
    await whenEvents(device, 2);
    await client.request(ChangePassword, { input: { newPassword: PASSWORD } });
    await nobody.ask(SignIn, { input: { phone, password: "not this one" } });
    await whenEvents(device, 4);
    const { signIn } = await nobody.request(SignIn, { input: { phone, password: PASSWORD } });
    const other = colloquy.client();
    other.useToken(signIn.accessToken);
    await other.request(SignOut);
    expect(await kindsOf(device)).toEqual([
      "SESSION_REVOKED",
      "SIGNED_IN",
      "SIGN_IN_FAILED",
      "PASSWORD_CHANGED",
      "SIGN_IN_FAILED",
      "SIGNED_IN",
    ]);

    const code = await codeFor(colloquy, phone, "RESET_PASSWORD");
    const { resetPassword } = await nobody.request(ResetPassword, { input: { phone, code, newPassword: PASSWORD } });
    client.useToken(resetPassword.accessToken);
    const { me } = await client.request(GetSecurityEvents, { first: 3 });
    const [newest, ...others] = me!.securityEvents.edges.map(({ node }) => node);
    expect(others.map(({ kind }) => kind)).toEqual(["SESSION_REVOKED", "PASSWORD_RESET"]);
    expect(newest).toMatchObject({ kind: "SIGNED_IN", userAgent: "node", ip: "127.0.0.1" });
    expect(Math.abs(Date.now() - Date.parse(newest!.createdAt))).toBeLessThan(30_000);
  });

  test("tells of a refresh token that came again", async () => {
    const device = await openDevice(colloquy);
    const { refreshToken } = device.tokens;
    await nobody.request(RefreshSession, { refreshToken });
    await colloquy.db.spentRefreshToken.updateMany({ data: { spentAt: new Date(Date.now() - 60_000) } });
    await nobody.ask(RefreshSession, { refreshToken });
    const again = await openDevice(colloquy, device.phone);
    expect(await kindsOf(again)).toEqual(["SIGNED_IN", "SESSION_REVOKED", "REFRESH_TOKEN_REUSED", "SIGNED_IN"]);
  });

  test("comes in pages, and holds nobody else's", async () => {
    const device = await openDevice(colloquy);
    for (let times = 0; times < 4; times += 1) await openDevice(colloquy, device.phone);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: ResultOf<typeof GetSecurityEvents> = await device.client.request(GetSecurityEvents, {
        first: 2,
        after,
      });
      const { edges, pageInfo } = page.me!.securityEvents;
      seen.push(...edges.map(({ node }) => node.id));
      after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
    } while (after !== null);
    const rows = await colloquy.db.securityEvent.findMany({
      where: { userId: device.tokens.user.id },
      orderBy: { id: "desc" },
    });
    expect(seen).toEqual(rows.map(({ id }) => id));
    expect(seen).toHaveLength(5);
  });

  test("cannot be filled up by strangers, nor does it keep what is older than a year", async () => {
    const device = await openDevice(colloquy);
    const userId = device.tokens.user.id;
    const old = new Date(Date.now() - 366 * 86_400_000);
    await colloquy.db.securityEvent.updateMany({ where: { userId }, data: { createdAt: old } });
    await colloquy.db.$executeRaw`
      INSERT INTO "SecurityEvent" ("id", "userId", "kind")
      SELECT gen_random_uuid(), ${userId}::uuid, 'SIGN_IN_FAILED' FROM generate_series(1, 300)`;
    await nobody.ask(VerifyOtp, { input: { phone: device.phone, code: "000000" } });
    await expect.poll(() => colloquy.db.securityEvent.count({ where: { userId } })).toBe(100);
  });
});

describe("leaving", () => {
  test("deletes every trace, with a reply that is being written, and closes all connections", async () => {
    colloquy.gemini.onPrompt("before I go", [{ text: "One, " }, { stall: true }]);
    const device = await openDevice(colloquy);
    const { client, phone, tokens } = device;
    const other = await openDevice(colloquy, phone, colloquy.apis[1]);
    const room = await client.createRoom();
    const { replyId } = await client.send(room, "before I go");
    const request = await colloquy.gemini.nextRequest("before I go");
    const watch = other.client.watchReply(replyId);
    await watch.until(() => joinChunks(watch.events).text === "One, ");

    const code = await codeFor(colloquy, phone, "SIGN_IN");
    expect(codesOf(await leave(device, { code }))).toEqual([]);
    await expect(watch.completed).rejects.toMatchObject({ cause: { code: 4403 } });
    await colloquy.gemini.whenAborted(request);
    for (const each of [client, other.client])
      expect(codesOf(await each.ask(CreateChatroom))).toEqual(["UNAUTHENTICATED"]);
    expect(codesOf(await nobody.ask(RefreshSession, { refreshToken: tokens.refreshToken }))).toEqual([
      "UNAUTHENTICATED",
    ]);

    const tables = [
      await colloquy.db.user.findMany(),
      await colloquy.db.session.findMany(),
      await colloquy.db.chatroom.findMany(),
      await colloquy.db.message.findMany(),
      await colloquy.db.usage.findMany(),
      await colloquy.db.otpCode.findMany(),
      await colloquy.db.securityEvent.findMany(),
      await colloquy.db.providerCall.findMany(),
    ];
    const rows = JSON.stringify(tables, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    for (const trace of [tokens.user.id, phone, room, replyId, "before I go"]) expect(rows).not.toContain(trace);
    const redis = new Redis(colloquy.redis.url);
    try {
      expect(await redis.exists(`reply:{${replyId}}:text`)).toBe(0);
    } finally {
      redis.disconnect();
    }
    const again = await openDevice(colloquy, phone);
    expect(again.tokens.user.id).not.toBe(tokens.user.id);
  });

  test("leaves none of the words and not the number in Redis, wherever a reply was", async () => {
    const WORDS = "zeppelin";
    colloquy.gemini.onPrompt(`${WORDS} ends`, [{ text: `${WORDS} at its end` }]);
    colloquy.gemini.onPrompt(`${WORDS} goes on`, [{ text: `${WORDS} in the middle` }, { stall: true }]);
    colloquy.gemini.onPrompt(`${WORDS} fails`, [{ status: 503, message: `${WORDS} is why` }]);
    const device = await openDevice(colloquy);
    const { client, phone } = device;
    const ask = async (prompt: string) => {
      const { replyId } = await client.send(await client.createRoom(`${WORDS} room`), prompt);
      return client.watchReply(replyId);
    };
    await (
      await ask(`${WORDS} ends`)
    ).completed;
    const isRunning = await ask(`${WORDS} goes on`);
    await isRunning.until(() => joinChunks(isRunning.events).text.includes(WORDS));
    await ask(`${WORDS} fails`);
    await colloquy.gemini.nextRequest(`${WORDS} fails`);
    // The list of rooms is cached by this, and the number counted with the codes.
    await client.request(ListChatrooms, { first: 10 });
    await nobody.ask(VerifyOtp, { input: { phone, code: "000000" } });
    expect(await dumpRedis(colloquy.redis.url)).toContain(WORDS);

    expect(codesOf(await leave(device, { code: await codeFor(colloquy, phone, "SIGN_IN") }))).toEqual([]);
    const left = await dumpRedis(colloquy.redis.url);
    for (const trace of [WORDS, phone, phone.slice(1)]) expect(left).not.toContain(trace);
    expect(await colloquy.db.failedSignIn.count({ where: { phone } })).toBe(0);
  });

  test("leaves behind that somebody has left, and not who", async () => {
    const device = await openDevice(colloquy);
    const before = await colloquy.db.securityEvent.count({ where: { kind: "ACCOUNT_DELETED" } });
    await leave(device, { code: await codeFor(colloquy, device.phone, "SIGN_IN") });
    const rows = await colloquy.db.securityEvent.findMany({
      where: { kind: "ACCOUNT_DELETED" },
      orderBy: { id: "asc" },
    });
    expect(rows).toHaveLength(before + 1);
    expect(rows.at(-1)).toMatchObject({ userId: null, ip: null, userAgent: null });
  });

  test("takes a code or the password, the right one", async () => {
    const device = await openDevice(colloquy);
    await device.client.request(ChangePassword, { input: { newPassword: PASSWORD } });
    const wrong = (await codeFor(colloquy, device.phone, "SIGN_IN")) === "000000" ? "000001" : "000000";
    expect(codesOf(await leave(device, {}))).toEqual(["BAD_USER_INPUT"]);
    expect(codesOf(await leave(device, { code: wrong }))).toEqual(["OTP_INVALID"]);
    await setDaysAgo(device, 1.01);
    expect(codesOf(await leave(device, { password: "not this one" }))).toEqual(["CREDENTIALS_INVALID"]);
    expect(await colloquy.db.user.count({ where: { id: device.tokens.user.id } })).toBe(1);
    expect(codesOf(await leave(device, { password: PASSWORD }))).toEqual([]);
    expect(await colloquy.db.user.count({ where: { id: device.tokens.user.id } })).toBe(0);
  });

  test.each(["changePassword", "resetPassword"])("takes no password that %s has set within a day", async (how) => {
    const device = await openDevice(colloquy);
    if (how === "changePassword") {
      await device.client.request(ChangePassword, { input: { newPassword: PASSWORD } });
    } else {
      const code = await codeFor(colloquy, device.phone, "RESET_PASSWORD");
      const input = { phone: device.phone, code, newPassword: PASSWORD };
      const { resetPassword } = await nobody.request(ResetPassword, { input });
      device.client.useToken(resetPassword.accessToken);
    }
    for (const days of [0, 0.99]) {
      await setDaysAgo(device, days);
      const { errors } = await leave(device, { password: PASSWORD });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "code" });
    }
    expect(codesOf(await leave(device, { code: await codeFor(colloquy, device.phone, "SIGN_IN") }))).toEqual([]);
  });

  test("touches nobody else", async () => {
    const [stays, goes] = [await openDevice(colloquy), await openDevice(colloquy)];
    const room = await stays.client.createRoom();
    await leave(goes, { code: await codeFor(colloquy, goes.phone, "SIGN_IN") });
    expect(await colloquy.db.chatroom.count({ where: { id: room } })).toBe(1);
    expect(codesOf(await stays.client.ask(CreateChatroom))).toEqual([]);
  });
});
