import { Redis } from "ioredis";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  announceAccountChange,
  appendAccountEvents,
  MAX_ENTRIES,
  type AccountChange,
  type AccountEvent,
} from "../../../src/features/activity/append-account-events.ts";
import { createAppContext, type AppContext } from "../../../src/app-context.ts";
import { readConfig } from "../../../src/config.ts";
import { SignOutEverywhere, UpdateProfile } from "../../_support/account-documents.ts";
import { openDevice, type DeviceOf } from "../../_support/accounts.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { RevokeSession } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { typesOf, watchAccount, type AccountNews } from "../../_support/watch-account.ts";

let colloquy: Colloquy;
/** One more process, that has no sockets. */
let ctx: AppContext;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2, workers: 0 });
  const settings = { DATABASE_URL: "postgresql://unused", REDIS_URL: colloquy.redis.url, LOG_LEVEL: "silent" };
  ctx = createAppContext(readConfig(settings), "test", { db: colloquy.db });
});
afterAll(async () => {
  await ctx.close();
  await colloquy.close();
});

const second = () => colloquy.apis[1];
const userIdOf = ({ tokens }: DeviceOf) => tokens.user.id;
const append = (device: DeviceOf, ...events: AccountEvent[]): Promise<AccountChange> =>
  colloquy.db.$transaction((tx) => appendAccountEvents(tx, userIdOf(device), events));
const opened = (): AccountEvent => ({ kind: "SESSION_OPENED", sessionId: uuidv7() });

/** The session that an event is about, as it was appended or as it came. */
function sessionOf(given: AccountEvent | AccountNews): string | undefined {
  const event = "event" in given ? given.event : given;
  return "sessionId" in event ? event.sessionId : undefined;
}

/** The position of a reader that is up to date. */
async function positionOf(device: DeviceOf): Promise<string> {
  const watch = watchAccount(device.client);
  const { position } = await watch.until(() => true);
  watch.stop();
  return position;
}

describe("following an account", () => {
  test("begins with how it is, and goes on with what changes, on every process", async () => {
    const device = await openDevice(colloquy);
    const { id } = device.tokens.session;
    const watch = watchAccount(device.client);
    const first = await watch.until(() => true);
    expect(first).toMatchObject({ live: true, position: expect.stringMatching(/^\d+$/) as string });
    expect(first.event).toMatchObject({
      __typename: "AccountSnapshot",
      user: { id: userIdOf(device), name: null, usage: { used: 0, limit: 1000 }, sessions: [{ id, isCurrent: true }] },
    });

    const other = await openDevice(colloquy, device.phone, second());
    const sessionId = other.tokens.session.id;
    await watch.until(({ event }) => event.__typename === "SessionOpened" && event.sessionId === sessionId);
    await other.client.request(UpdateProfile, { input: { name: "Ada" } });
    await watch.until(({ event }) => event.__typename === "ProfileChanged" && event.user.name === "Ada");
    await device.client.request(RevokeSession, { id: sessionId });
    await watch.until(({ event }) => event.__typename === "SessionRevoked" && event.sessionId === sessionId);
    expect(typesOf(watch)).toEqual(["AccountSnapshot", "SessionOpened", "ProfileChanged", "SessionRevoked"]);
    expect(watch.events.every(({ live }) => live)).toBe(true);
  });

  test("says its position in the data, as beside it, and goes on from there", async () => {
    const device = await openDevice(colloquy);
    const kinds = "AccountSnapshot UsageChanged PlanChanged ProfileChanged SessionOpened SessionRevoked".split(" ");
    const query = `subscription ($after: String) { accountChanged(after: $after) { __typename
      ${kinds.map((kind) => `... on ${kind} { position }`).join(" ")} } }`;
    type Changed = { accountChanged: { __typename: string; position: string } };
    let after: string | undefined;
    for (const kind of kinds) {
      const news = device.client.connect().iterate<Changed, { position: string }>({ query, variables: { after } });
      if (kind === "UsageChanged") await append(device, { kind: "USAGE_CHANGED" });
      if (kind === "PlanChanged") await append(device, { kind: "PLAN_CHANGED" });
      if (kind === "ProfileChanged") await device.client.request(UpdateProfile, { input: { name: "Ada" } });
      if (kind === "SessionOpened") await append(device, opened());
      if (kind === "SessionRevoked") await append(device, { kind: "SESSION_REVOKED", sessionId: uuidv7() });
      const result = await news.next();
      await news.return?.();
      if (result.done) throw new Error("the feed has ended");
      const { position } = result.value.extensions!;
      expect(result.value.data?.accountChanged).toEqual({ __typename: kind, position });
      expect(Number(position)).toBeGreaterThan(Number(after ?? -1));
      after = position;
    }
  });

  test("tells of a plan that some other process has changed, and of the limit that comes with it", async () => {
    const device = await openDevice(colloquy);
    const elsewhere = await openDevice(colloquy, device.phone, second());
    const watches = [watchAccount(device.client), watchAccount(elsewhere.client)];
    await Promise.all(watches.map((watch) => watch.until(() => true)));

    const change = await colloquy.db.$transaction(async (tx) => {
      await tx.user.update({ where: { id: userIdOf(device) }, data: { plan: "PRO" } });
      return appendAccountEvents(tx, userIdOf(device), [{ kind: "PLAN_CHANGED" }]);
    });
    await announceAccountChange(ctx, change);
    for (const watch of watches) {
      const { event } = await watch.until((news) => news.event.__typename === "PlanChanged");
      expect(event).toMatchObject({ user: { usage: { limit: null, remaining: null } } });
    }
  });

  test("shows each device its own view, also where one process serves them all", async () => {
    const device = await openDevice(colloquy);
    const other = await openDevice(colloquy, device.phone);
    const third = await openDevice(colloquy, device.phone);
    const watches = [device, other].map(({ client }) => watchAccount(client));
    await Promise.all(watches.map((watch) => watch.until(() => true)));
    await third.client.request(UpdateProfile, { input: { name: "Ada" } });
    for (const [index, watch] of watches.entries()) {
      const { event } = await watch.until((news) => news.event.__typename === "ProfileChanged");
      const current = "user" in event ? event.user.sessions.filter(({ isCurrent }) => isCurrent) : [];
      expect(current.map(({ id }) => id)).toEqual([[device, other][index]?.tokens.session.id]);
    }
  });

  test("tells of every session that is ended, and ends with one's own", async () => {
    const device = await openDevice(colloquy);
    const ended = [await openDevice(colloquy, device.phone), await openDevice(colloquy, device.phone)];
    const after = await positionOf(device);
    const watch = watchAccount(device.client);
    await watch.until(() => true);
    await device.client.request(SignOutEverywhere);
    await expect(watch.completed).rejects.toMatchObject({ cause: { code: 4403 } });

    const again = await openDevice(colloquy, device.phone);
    const replay = watchAccount(again.client, after);
    await replay.until(({ event }) => event.__typename === "SessionOpened");
    const revoked = replay.events.flatMap(({ event }) =>
      event.__typename === "SessionRevoked" ? [event.sessionId] : [],
    );
    expect(new Set(revoked)).toEqual(new Set([device, ...ended].map(({ tokens }) => tokens.session.id)));
    expect(replay.events.at(-1)?.event).toMatchObject({ session: { id: again.tokens.session.id, isCurrent: true } });
  });

  test("does not wait for a check: all that the API changes is said on the account's channel", async () => {
    const device = await openDevice(colloquy);
    const { client, phone } = device;
    const redis = new Redis(colloquy.redis.url);
    onTestFinished(() => redis.disconnect());
    const heard: number[] = [];
    redis.on("message", (_, message) => heard.push((JSON.parse(message) as { seq: number }).seq));
    await redis.subscribe(`account:changed:${userIdOf(device)}`);
    const changes = [
      () => client.request(UpdateProfile, { input: { name: "Ada" } }),
      async () => client.send(await client.createRoom(), "hello"),
      () => openDevice(colloquy, phone, second()),
      () => client.request(SignOutEverywhere),
    ];
    for (const change of changes) {
      await change();
      const { seq } = await colloquy.db.accountLog.findUniqueOrThrow({ where: { userId: userIdOf(device) } });
      await expect.poll(() => heard).toContain(seq);
    }
  });

  test("shows nothing of anybody else", async () => {
    const [mine, theirs] = [await openDevice(colloquy), await openDevice(colloquy)];
    const watch = watchAccount(mine.client);
    await watch.until(() => true);
    await theirs.client.request(UpdateProfile, { input: { name: "Eve" } });
    await mine.client.request(UpdateProfile, { input: { name: "Ada" } });
    await watch.until(({ event }) => event.__typename === "ProfileChanged");
    expect(watch.events).toHaveLength(2);
    expect(JSON.stringify(watch.events)).not.toContain("Eve");
  });
});

describe("resuming", () => {
  test("brings what was missed, each thing once and as it is now, and then goes on live", async () => {
    const device = await openDevice(colloquy);
    const after = await positionOf(device);
    for (const name of ["A", "Ad", "Ada"]) await device.client.request(UpdateProfile, { input: { name } });
    const other = await openDevice(colloquy, device.phone, second());
    await device.client.request(UpdateProfile, { input: { name: "Ada L." } });

    const watch = watchAccount(other.client, after);
    await watch.until(({ live }) => live);
    expect(typesOf(watch)).toEqual(["SessionOpened", "ProfileChanged"]);
    expect(watch.events.at(-1)?.event).toMatchObject({ user: { name: "Ada L." } });
    expect(watch.events.map(({ live }) => live)).toEqual([false, true]);

    await device.client.request(UpdateProfile, { input: { name: "Ada Lovelace" } });
    await watch.until(({ event }) => "user" in event && event.user.name === "Ada Lovelace");
    const last = watch.events.at(-1)?.position;
    const nothing = watchAccount(device.client, last);
    await device.client.request(UpdateProfile, { input: { name: "A. L." } });
    await nothing.until(() => true);
    expect(nothing.events.map(({ event }) => event)).toMatchObject([{ user: { name: "A. L." } }]);
  });

  test("brings everything when it is much, in order", async () => {
    const device = await openDevice(colloquy);
    const after = await positionOf(device);
    const events = Array.from({ length: 60 }, opened);
    for (const event of events) await append(device, event);
    const watch = watchAccount(device.client, after);
    await watch.until(({ live }) => live);
    expect(watch.events.map(sessionOf)).toEqual(events.map(sessionOf));
  });

  test.each<[string, (position: number) => string]>([
    ["a position that the log no longer reaches back to", (position) => String(position)],
    ["a position that nobody was given", (position) => String(position + 10_000)],
  ])("from %s begins with a snapshot", async (_, positionFrom) => {
    const device = await openDevice(colloquy);
    const after = positionFrom(Number(await positionOf(device)));
    for (let sent = 0; sent <= MAX_ENTRIES; sent += 1) await append(device, opened());
    const { seq } = await append(device, { kind: "PROFILE_CHANGED" });
    const userId = userIdOf(device);
    expect(await colloquy.db.accountLogEntry.count({ where: { userId } })).toBeLessThanOrEqual(MAX_ENTRIES + 1);

    const watch = watchAccount(device.client, after);
    expect(await watch.until(() => true)).toMatchObject({ live: true, position: String(seq) });
    expect(typesOf(watch)).toEqual(["AccountSnapshot"]);
    await announceAccountChange(ctx, await append(device, { kind: "PROFILE_CHANGED" }));
    await watch.until(({ event }) => event.__typename === "ProfileChanged");
  });

  test("from what is no position is refused", async () => {
    const device = await openDevice(colloquy);
    for (const after of ["", "here", "-1", "1e3", "99999999999999999999"]) {
      await expect(watchAccount(device.client, after).completed).rejects.toMatchObject({
        cause: [{ extensions: { code: "BAD_USER_INPUT", field: "after" } }],
      });
    }
  });
});

describe("nothing gets lost", () => {
  test("when a process dies between the commit and the news of it", async () => {
    const device = await openDevice(colloquy);
    const watch = watchAccount(device.client);
    await watch.until(() => true);
    const event = opened();
    const { seq } = await append(device, event);
    expect(await watch.until(({ position }) => position === String(seq))).toMatchObject({ event: { session: null } });
  });

  test("and what is rolled back is not told of", async () => {
    const device = await openDevice(colloquy);
    const after = await positionOf(device);
    const undone = colloquy.db.$transaction(async (tx) => {
      await appendAccountEvents(tx, userIdOf(device), [{ kind: "PLAN_CHANGED" }]);
      throw new Error("changed my mind");
    });
    await expect(undone).rejects.toThrow("changed my mind");
    const watch = watchAccount(device.client, after);
    await device.client.request(UpdateProfile, { input: { name: "Ada" } });
    await watch.until(() => true);
    expect(typesOf(watch)).toEqual(["ProfileChanged"]);
  });

  test("when many change an account at once: each gets a place, and none is passed over", async () => {
    const device = await openDevice(colloquy);
    const watch = watchAccount(device.client);
    const { position } = await watch.until(() => true);
    const events = Array.from({ length: 40 }, opened);
    const changes = await Promise.all(
      events.map(async (event) => {
        const change = await append(device, event);
        await announceAccountChange(ctx, change);
        return change.seq;
      }),
    );
    const places = events.map((_, i) => Number(position) + 1 + i);
    expect(changes.toSorted((a, b) => a - b)).toEqual(places);
    await watch.until((news) => news.position === String(places.at(-1)));
    const seen = watch.events.slice(1);
    expect(seen.map((news) => Number(news.position))).toEqual(places);
    expect(new Set(seen.map(sessionOf))).toEqual(new Set(events.map(sessionOf)));
  });
});
