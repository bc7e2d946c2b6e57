import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GetDevices, RefreshSession, SignOutEverywhere } from "../../_support/account-documents.ts";
import { codesOf, openDevice, type DeviceOf } from "../../_support/accounts.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { RevokeSession, SignOut } from "../../_support/documents.ts";
import { postFrom } from "../../_support/post-from.ts";
import { sessionCalls } from "../../_support/session-calls.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { within } from "../../_support/within.ts";
import { whenWaiting } from "../../_support/when-waiting.ts";

const DAY_MS = 86_400_000;

let colloquy: Colloquy;
let nobody: TestClient;
/** The second API. */
let second: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2, workers: 0 });
  nobody = colloquy.client();
  second = colloquy.client(colloquy.apis[1]);
});
afterAll(() => colloquy.close());

const { refresh, refreshed, sessionRow, passTime, tried } = sessionCalls(() => ({ colloquy, nobody }));

describe("refreshing", () => {
  test("gives new tokens that work, on every process, and makes the session last longer", async () => {
    const device = await openDevice(colloquy);
    const { id } = device.tokens.session;
    const past = new Date(Date.now() - 20 * DAY_MS);
    const before = { createdAt: past, lastUsedAt: past, expiresAt: new Date(past.getTime() + 30 * DAY_MS) };
    await colloquy.db.session.update({ where: { id }, data: before });

    const next = await refreshed(device.tokens.refreshToken, second);
    expect(next.refreshToken).not.toBe(device.tokens.refreshToken);
    expect(next.session.id).toBe(id);
    expect(next.user.id).toBe(device.tokens.user.id);
    for (const api of [0, 1]) expect(await tried(next.accessToken, api)).toBe("fine");
    const row = await sessionRow(device);
    expect(Date.now() - row.lastUsedAt.getTime()).toBeLessThan(30_000);
    expect(row.expiresAt.getTime() - row.lastUsedAt.getTime()).toBe(30 * DAY_MS);
    expect(next.session).toEqual({
      id,
      expiresAt: row.expiresAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
    });
  });

  test("goes on and on, a new token each time", async () => {
    const device = await openDevice(colloquy);
    const seen = new Set([device.tokens.refreshToken]);
    let token = device.tokens.refreshToken;
    for (let times = 0; times < 5; times += 1) {
      token = (await refreshed(token)).refreshToken;
      seen.add(token);
    }
    expect(seen.size).toBe(6);
  });

  test("stores neither the token nor anything that opens without it", async () => {
    const device = await openDevice(colloquy);
    const next = await refreshed(device.tokens.refreshToken);
    const { id } = device.tokens.session;
    const stored = JSON.stringify([
      await colloquy.db.session.findUnique({ where: { id } }),
      await colloquy.db.spentRefreshToken.findMany({ where: { sessionId: id } }),
    ]);
    for (const token of [device.tokens.refreshToken, next.refreshToken]) {
      for (const part of token.split(".")) expect(stored).not.toContain(part);
    }
  });

  test.each([
    ["revoked", { revokedAt: new Date() }],
    ["expired", { expiresAt: new Date(Date.now() - 1_000) }],
  ])("is refused when the session is %s", async (_, data) => {
    const device = await openDevice(colloquy);
    await colloquy.db.session.update({ where: { id: device.tokens.session.id }, data });
    expect(codesOf(await refresh(device.tokens.refreshToken))).toEqual(["UNAUTHENTICATED"]);
    expect(await tried(device.tokens.accessToken)).toBe("UNAUTHENTICATED");
  });

  test.each(["", "nonsense", "a.b", "\0", `${"A".repeat(22)}.${"A".repeat(43)}`])("is refused for %j", async (text) => {
    expect(codesOf(await refresh(text))).toEqual(["UNAUTHENTICATED"]);
  });
});

describe("a token used twice", () => {
  test.each([2, 8])("%i refreshes at once, over two processes, all go on with tokens that work", async (many) => {
    const device = await openDevice(colloquy);
    // Held up until all have come: one that comes after the first was answered comes a second time.
    const { answers } = await colloquy.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "Session" WHERE "id" = ${device.tokens.session.id}::uuid FOR UPDATE`;
      const refreshes = Array.from({ length: many }, (_, i) =>
        refreshed(device.tokens.refreshToken, i % 2 === 0 ? nobody : second),
      );
      await whenWaiting(colloquy.db, many);
      return { answers: Promise.all(refreshes) };
    });
    const all = await answers;
    for (const { accessToken } of all) expect(await tried(accessToken)).toBe("fine");
    // One of them has made the new token, the others were led to it: whichever a browser stores last is good.
    const [next = ""] = new Set(all.map(({ refreshToken }) => refreshToken));
    expect(all.map(({ refreshToken }) => refreshToken)).toEqual(all.map(() => next));
    await passTime(device, 60_000);
    expect(codesOf(await refresh(next))).toEqual([]);
  });

  test("a tab that is late by several refreshes is led to the newest token", async () => {
    const device = await openDevice(colloquy);
    let newest = device.tokens.refreshToken;
    for (let times = 0; times < 4; times += 1) newest = (await refreshed(newest)).refreshToken;
    const late = await refreshed(device.tokens.refreshToken, second);
    expect(late.refreshToken).toBe(newest);
  });

  test.each([1, 3])(
    "after the grace, %i refreshes later, it ends the session and closes its connections",
    async (later) => {
      const device = await openDevice(colloquy);
      const room = await device.client.createRoom();
      let newest = await refreshed(device.tokens.refreshToken);
      for (let times = 1; times < later; times += 1) newest = await refreshed(newest.refreshToken);
      const watch = device.client.watchMessages(room);
      await colloquy.whenSubscribed(`message:added:${room}`);
      await passTime(device, 31_000);

      expect(codesOf(await refresh(device.tokens.refreshToken, second))).toEqual(["UNAUTHENTICATED"]);
      await within(1_000, () => expect(watch.completed).rejects.toMatchObject({ cause: { code: 4403 } }));
      expect(codesOf(await refresh(newest.refreshToken))).toEqual(["UNAUTHENTICATED"]);
      expect(await tried(newest.accessToken)).toBe("UNAUTHENTICATED");
    },
  );

  test("towards the end of the grace it still leads on", async () => {
    const device = await openDevice(colloquy);
    const next = await refreshed(device.tokens.refreshToken);
    await passTime(device, 20_000);
    expect((await refreshed(device.tokens.refreshToken)).refreshToken).toBe(next.refreshToken);
  });

  describe("by a thief who follows the owner within the grace", () => {
    const RefreshText = RefreshSession.toString();
    const refreshFrom = async (address: string, refreshToken: string, userAgent?: string) => {
      const variables = { refreshToken };
      const { codes, data } = await postFrom(address, nobody.url, RefreshText, variables, userAgent);
      return {
        code: codes[0] ?? "fine",
        token: (data as Awaited<ReturnType<typeof refresh>>["data"])?.refreshSession.refreshToken,
      };
    };

    async function expectFoundOut(device: DeviceOf): Promise<void> {
      expect((await sessionRow(device)).revokedAt).not.toBeNull();
      const events = await colloquy.db.securityEvent.findMany({
        where: { userId: device.tokens.user.id },
        orderBy: { id: "desc" },
        take: 2,
      });
      expect(events.map(({ kind }) => kind)).toEqual(["SESSION_REVOKED", "REFRESH_TOKEN_REUSED"]);
    }

    test.each([
      ["another network", "127.0.9.2", "an app"],
      ["another device", "127.0.9.1", "another app"],
    ])("from %s ends the session", async (_, address, userAgent) => {
      const device = await openDevice(colloquy);
      const owner = await refreshFrom("127.0.9.1", device.tokens.refreshToken, "an app");
      expect(owner.code).toBe("fine");
      expect((await refreshFrom(address, device.tokens.refreshToken, userAgent)).code).toBe("UNAUTHENTICATED");
      expect((await refreshFrom("127.0.9.1", owner.token ?? "", "an app")).code).toBe("UNAUTHENTICATED");
      await expectFoundOut(device);
    });

    test("so does the owner who comes after a thief", async () => {
      const device = await openDevice(colloquy);
      expect((await refreshFrom("127.0.9.2", device.tokens.refreshToken)).code).toBe("fine");
      expect(codesOf(await refresh(device.tokens.refreshToken))).toEqual(["UNAUTHENTICATED"]);
      await expectFoundOut(device);
    });

    test("a second time ends it, also from the owner's own network and device", async () => {
      const device = await openDevice(colloquy);
      const next = await refreshed(device.tokens.refreshToken);
      expect((await refreshed(device.tokens.refreshToken, second)).refreshToken).toBe(next.refreshToken);
      expect(codesOf(await refresh(device.tokens.refreshToken))).toEqual(["UNAUTHENTICATED"]);
      await expectFoundOut(device);
    });

    test("behind one refresh and the next ends it", async () => {
      const device = await openDevice(colloquy);
      const next = await refreshed(device.tokens.refreshToken);
      await refreshed(device.tokens.refreshToken);
      await refreshed(next.refreshToken);
      expect(codesOf(await refresh(next.refreshToken))).toEqual(["UNAUTHENTICATED"]);
      await expectFoundOut(device);
    });
  });

  test("by tabs that refresh in step, all day long, ends nothing", async () => {
    const device = await openDevice(colloquy);
    let token = device.tokens.refreshToken;
    for (let round = 0; round < 4; round += 1) {
      const { refreshToken } = await refreshed(token);
      // The other tab was a little late.
      expect((await refreshed(token, second)).refreshToken).toBe(refreshToken);
      token = refreshToken;
      await passTime(device, 10 * 60_000);
    }
  });

  test("by an answer that got lost, and once more an hour later, ends nothing", async () => {
    const device = await openDevice(colloquy);
    const next = await refreshed(device.tokens.refreshToken);
    await passTime(device, 15_000);
    expect((await refreshed(device.tokens.refreshToken)).refreshToken).toBe(next.refreshToken);
    await passTime(device, 3_600_000);
    const later = await refreshed(next.refreshToken);
    expect((await refreshed(next.refreshToken)).refreshToken).toBe(later.refreshToken);
  });

  test("a secret of one's own under the session's family is reuse as well", async () => {
    const device = await openDevice(colloquy);
    const [family = ""] = device.tokens.refreshToken.split(".");
    expect(codesOf(await refresh(`${family}.${"A".repeat(43)}`))).toEqual(["UNAUTHENTICATED"]);
    expect((await sessionRow(device)).revokedAt).not.toBeNull();
  });

  test("refreshing in a loop fills nothing up, and locks nobody out", async () => {
    const device = await openDevice(colloquy);
    let token = device.tokens.refreshToken;
    for (let times = 0; times < 15; times += 1) token = (await refreshed(token)).refreshToken;
    expect(await colloquy.db.spentRefreshToken.count({ where: { sessionId: device.tokens.session.id } })).toBe(10);
    await passTime(device, 31_000);
    const next = await refreshed(token);
    expect(next.refreshToken).not.toBe(token);
    expect(await colloquy.db.spentRefreshToken.count({ where: { sessionId: device.tokens.session.id } })).toBe(1);
  });

  test("a refresh beside a revocation leaves no way in", async () => {
    for (let times = 0; times < 5; times += 1) {
      const device = await openDevice(colloquy);
      const [answer] = await Promise.all([refresh(device.tokens.refreshToken, second), device.client.ask(SignOut)]);
      const { accessToken, refreshToken } = answer.data?.refreshSession ?? device.tokens;
      expect(await tried(accessToken)).toBe("UNAUTHENTICATED");
      expect(codesOf(await refresh(refreshToken))).toEqual(["UNAUTHENTICATED"]);
    }
  });
});

describe("devices", () => {
  test("are listed, the last used first, with the one that asks marked", async () => {
    const phone = await openDevice(colloquy);
    const laptop = await openDevice(colloquy, phone.phone);
    const expired = await openDevice(colloquy, phone.phone);
    await colloquy.db.session.update({
      where: { id: expired.tokens.session.id },
      data: { expiresAt: new Date(Date.now() - 1_000) },
    });
    const next = await refreshed(phone.tokens.refreshToken);
    phone.client.useToken(next.accessToken);
    const { me } = await phone.client.request(GetDevices);
    expect(me?.sessions.map(({ id, isCurrent }) => ({ id, isCurrent }))).toEqual([
      { id: phone.tokens.session.id, isCurrent: true },
      { id: laptop.tokens.session.id, isCurrent: false },
    ]);
    expect(me?.sessions[0]?.userAgent).toBe("node");
    expect(me?.sessions[0]?.ip).toContain("127.0.0.1");
  });

  test("are signed out one by one", async () => {
    const phone = await openDevice(colloquy);
    const laptop = await openDevice(colloquy, phone.phone);
    await phone.client.request(RevokeSession, { id: laptop.tokens.session.id });
    expect(codesOf(await refresh(laptop.tokens.refreshToken))).toEqual(["UNAUTHENTICATED"]);
    expect(await tried(laptop.tokens.accessToken)).toBe("UNAUTHENTICATED");
    expect(await tried(phone.tokens.accessToken)).toBe("fine");
  });

  test("are signed out everywhere at once, and nobody else is", async () => {
    const other = await openDevice(colloquy);
    const phone = await openDevice(colloquy);
    const laptop = await openDevice(colloquy, phone.phone, colloquy.apis[1]);
    const room = await laptop.client.createRoom();
    const watch = laptop.client.watchMessages(room);
    await colloquy.whenSubscribed(`message:added:${room}`);
    expect(await phone.client.request(SignOutEverywhere)).toEqual({ signOut: true });
    await expect(watch.completed).rejects.toMatchObject({ cause: { code: 4403 } });
    for (const { tokens } of [phone, laptop]) {
      expect(await tried(tokens.accessToken)).toBe("UNAUTHENTICATED");
      expect(codesOf(await refresh(tokens.refreshToken))).toEqual(["UNAUTHENTICATED"]);
    }
    expect(await tried(other.tokens.accessToken)).toBe("fine");
  });
});
