import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, SKIPPED } from "../../tools/browser/chromium.ts";
import { openGraphiql, type GraphiqlPage } from "../../tools/browser/graphiql.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { messageAddedTopic } from "../../src/features/messages/events.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";

const TABS = ["SendCode", "EnterCode", "CreateRoom", "SendMessage", "WatchReply", "WatchRoom", "Rooms"];

const PREFIX = "colloquy-graphiql/";
type Session = Readonly<{ refreshToken: string; access: Readonly<{ token: string; expiresAt: number }> }>;

const chromium = findChromium();

describe.skipIf(chromium === undefined)(`GraphiQL in a browser ${chromium === undefined ? SKIPPED : ""}`, () => {
  let colloquy: Colloquy;
  let graphiql: GraphiqlPage;
  let redis: Redis;

  beforeAll(async () => {
    colloquy = await startColloquy();
    const url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
    graphiql = await openGraphiql(url);
    redis = new Redis(colloquy.redis.url);
  });
  afterAll(async () => {
    redis?.disconnect();
    await graphiql?.close();
    await colloquy?.close();
  });

  it("goes from signing in to a reply that is written, by the play button of one tab after the other", async () => {
    const { run, responseShows } = graphiql;
    expect(await graphiql.tabs()).toEqual(TABS);

    await run("WatchReply");
    await responseShows('Run the tab \\"SendMessage\\" first');

    await run("SendCode");
    await responseShows('"code": "');
    await run("EnterCode");
    await responseShows('"accessToken": "ey');
    await run("CreateRoom");
    await responseShows('"title": "Bottle post"');

    const first = createGate();
    colloquy.gemini.enqueue([{ text: "The first reply " }, { waitFor: first }, { text: "has ended." }]);
    await run("SendMessage");
    await responseShows('"status": "PENDING"');
    await run("WatchRoom");
    await subscribedTo(messageAddedTopic.name(await remembered("chatroomId")));
    first.open();
    await responseShows('"content": "The first reply has ended."');

    const second = createGate();
    colloquy.gemini.enqueue([{ text: "Once upon " }, { waitFor: second }, { text: "a time 🌊" }]);
    await run("SendMessage");
    await responseShows('"status": "PENDING"');
    await run("WatchReply");
    await responseShows('"text": "Once upon "');
    second.open();
    await responseShows('"content": "Once upon a time 🌊"');

    await run("Rooms");
    await responseShows('"lastMessagePreview": "Once upon a time 🌊"');
  });

  it("shows an answer in the window, however long it is, also at a phone's width", async () => {
    const { page, run, responseShows } = graphiql;
    colloquy.gemini.enqueue([{ text: "A long reply. ".repeat(3_000) }]);
    await run("SendMessage");
    const ended = { content: { startsWith: "A long reply. " }, status: "COMPLETE" } as const;
    await expect.poll(() => colloquy.db.message.count({ where: ended })).toBe(1);
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      await run("WatchReply");
      // What stands after the text is not drawn: it is out of sight.
      await responseShows('"attempt": 1');
      for (const part of [".graphiql-execute-button", ".graphiql-query-editor", ".result-window"]) {
        const box = await page.locator(part).first().boundingBox();
        if (box === null) throw new Error(`${part} is not shown`);
        const { x, y } = box;
        const inside = x >= 0 && y >= 0 && x + box.width <= width && y + box.height <= height;
        const usable = box.height > 30 && box.width > (part.includes("button") ? 30 : width / 3);
        const place = { part, width, x, y, right: x + box.width, bottom: y + box.height };
        expect({ ...place, inside, usable }).toEqual({ ...place, inside: true, usable: true });
      }
    }
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("renews its tokens by itself, for a second tab of the browser, too", async () => {
    const { access, refreshToken } = await session();
    const second = await graphiql.openTab();
    // Both find at the same time that the token is due.
    await keep({ refreshToken, access: { ...access, expiresAt: 1 } });
    await Promise.all([graphiql.run("Rooms"), second.run("Rooms")]);
    for (const tab of [graphiql, second]) await tab.responseShows('"title": "Bottle post"');
    const renewed = await session();
    expect(renewed.access.token).toMatch(/^ey/);
    expect(renewed.refreshToken).not.toBe(refreshToken);
    await second.run("Rooms");
    await second.responseShows('"title": "Bottle post"');
    expect(await session()).toEqual(renewed);

    // A socket that is refused comes back with another token.
    await keep({ ...renewed, access: { ...renewed.access, token: "of-nobody" } });
    await second.run("WatchRoom");
    await subscribedTo(messageAddedTopic.name(await remembered("chatroomId")));
    expect((await session()).access.token).toMatch(/^ey/);
    expect(await colloquy.db.session.count({ where: { revokedAt: null } })).toBe(1);
    await second.close();
    await graphiql.run("Rooms");
    await graphiql.responseShows('"title": "Bottle post"');
  });

  it("says what to do when the token is refused, and finds the tabs as they were left", async () => {
    // GraphiQL stores its tabs half a second after a change.
    await expect.poll(() => stored(), { interval: 50 }).toContain('"activeTabIndex\\":6');
    await graphiql.page.reload();
    await graphiql.page.locator(".graphiql-tab-active", { hasText: "Rooms" }).waitFor();
    await keep({ refreshToken: "", access: { token: "of-nobody", expiresAt: Date.now() + 900_000 } });
    await graphiql.run("WatchRoom");
    await graphiql.responseShows("Sign in, or refresh the session.");
    await graphiql.run("CreateRoom");
    await graphiql.responseShows('"code": "UNAUTHENTICATED"');
    expect(await graphiql.tabs()).toHaveLength(TABS.length);
  });

  it("talks to nobody else", () => {
    // GraphiQL's own refusals above came with a status that the browser notes.
    expect(graphiql.complaints.filter((complaint) => !/Failed to load resource.*40[01]/.test(complaint))).toEqual([]);
  });

  /** What outlives the browser's tab. */
  const stored = () => graphiql.page.evaluate<string>("JSON.stringify({ ...localStorage }) + document.cookie");
  const remembered = (name: string) => graphiql.page.evaluate<string>(`localStorage.getItem("${PREFIX}${name}")`);
  const session = async () => JSON.parse(await remembered("session")) as Session;
  const keep = (next: Session) =>
    graphiql.page.evaluate(`localStorage.setItem("${PREFIX}session", ${JSON.stringify(JSON.stringify(next))})`);

  async function subscribedTo(channel: string): Promise<void> {
    const count = async () => Number((await redis.pubsub("NUMSUB", channel))[1]);
    await expect.poll(count, { interval: 20 }).toBe(1);
  }
});
