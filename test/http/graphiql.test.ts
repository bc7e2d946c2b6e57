import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, openGraphiql, type GraphiqlPage } from "../../tools/browser/graphiql.ts";
import { readImports } from "../../tools/checks/imports/read-imports.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { messageAddedTopic } from "../../src/features/messages/events.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";

const TABS = ["SignIn", "EnterCode", "CreateRoom", "SendMessage", "WatchReply", "WatchMessages", "MyRooms"];

let colloquy: Colloquy;
let url: string;

beforeAll(async () => {
  colloquy = await startColloquy();
  url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
});
afterAll(() => colloquy?.close());

describe("GraphiQL's page over HTTP", () => {
  it("is made of files from its own address only, and allows no others", async () => {
    const page = await openPage();
    const html = await page.text();
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");

    const links = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link = ""]) => link);
    expect(links).toHaveLength(3);
    for (const link of links) expect(link).toMatch(/^\.\/assets\/[\w-]+\.(js|css|svg)$/);

    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  it("is asked for again each time, and sent only if it is another one", async () => {
    const page = await openPage();
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const again = await openPage({ "if-none-match": page.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const head = await fetch(url, { method: "HEAD", headers: { accept: "text/html" } });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(String((await page.arrayBuffer()).byteLength));
  });

  it("is at the address without a slash, with the query that a link has", async () => {
    const link = await fetch(`${url}/?query=%7Bme%7D`, { headers: { accept: "text/html" } });
    expect([link.status, link.url]).toEqual([200, `${url}?query=%7Bme%7D`]);
    expect(link.headers.get("content-type")).toContain("text/html");
  });

  it("sends each file packed, typed and to be kept for ever", async () => {
    const files = await readFiles();
    expect(files.map(({ type }) => String(type)).toSorted()).toEqual([
      "image/svg+xml",
      "text/css; charset=utf-8",
      ...Array<string>(5).fill("text/javascript; charset=utf-8"),
    ]);
    for (const { encoding, caching, plain, body } of files) {
      expect([encoding, caching]).toEqual(["gzip", "public, max-age=31536000, immutable"]);
      expect(body === plain).toBe(true);
    }
  });

  it.each([
    "nothing.js",
    "..%2fgraphiql.html",
    "../graphiql.html",
    ".sources",
    "",
    "x.map",
    "graphiql.js.gz",
    "%00.js",
  ])("sends no other file: %s", async (name) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`GET /assets/${name} HTTP/1.1\r\nhost: ${new URL(url).host}\r\nconnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("has a script that stands on its own, and tells no secret", async () => {
    const page = (await readFiles()).find(({ body }) => body.includes("renderYogaGraphiQL(document"));
    expect(page?.type).toContain("javascript");
    expect(readImports("page.js", page?.body ?? "")).toEqual([]);
    expect(page?.body).not.toMatch(/a secret that only tests|test-key|eyJ/);
  });

  const openPage = (headers: Record<string, string> = {}) =>
    fetch(url, { headers: { accept: "text/html,*/*", ...headers } });

  /** Every file that the page names, and those that its script names. */
  async function readFiles() {
    const names = namesIn(await (await openPage()).text(), /assets\/([\w.-]+)/g);
    const first = await Promise.all(names.map(readFile));
    const script = first.find(({ name }) => name.endsWith(".js"))?.body ?? "";
    const more = namesIn(script, /["'`]([\w-]+-[\w-]{8}\.js)["'`]/g);
    return [...first, ...(await Promise.all(more.map(readFile)))];
  }

  async function readFile(name: string) {
    const [file, plain] = await Promise.all(
      ["gzip", "identity"].map((encoding) =>
        fetch(new URL(`/assets/${name}`, url), { headers: { "accept-encoding": encoding } }),
      ),
    );
    if (!file?.ok || !plain?.ok) throw new Error(`${name} is not there`);
    const [type, encoding, caching] = ["content-type", "content-encoding", "cache-control"].map((header) =>
      file.headers.get(header),
    );
    return { name, type, encoding, caching, body: await file.text(), plain: await plain.text() };
  }

  const namesIn = (source: string, pattern: RegExp) => [
    ...new Set([...source.matchAll(pattern)].map(([, name = ""]) => name)),
  ];
});

const chromium = findChromium();

describe.skipIf(chromium === undefined)(
  `GraphiQL in a browser${chromium === undefined ? " (skipped: no Chromium; set CHROMIUM_PATH)" : ""}`,
  () => {
    let graphiql: GraphiqlPage;
    let redis: Redis;

    beforeAll(async () => {
      graphiql = await openGraphiql(url);
      redis = new Redis(colloquy.redis.url);
    });
    afterAll(async () => {
      redis?.disconnect();
      await graphiql?.close();
    });

    it("goes from signing in to a reply that grows, by the play button of one tab after the other", async () => {
      const { run, responseShows, replyShows } = graphiql;
      expect(await graphiql.tabs()).toEqual(TABS);

      await run("WatchReply");
      await responseShows('Run the tab \\"SendMessage\\" first');

      await run("SignIn");
      await responseShows('"code": "');
      await run("EnterCode");
      await responseShows('"accessToken": "ey');
      await run("CreateRoom");
      await responseShows('"title": "First steps"');

      const first = createGate();
      colloquy.gemini.enqueue([{ text: "The first reply " }, { waitFor: first }, { text: "has ended." }]);
      await run("SendMessage");
      await responseShows('"status": "PENDING"');
      await run("WatchMessages");
      await subscribedTo(messageAddedTopic.name(await remembered("chatroomId")));
      first.open();
      await responseShows('"content": "The first reply has ended."');

      const second = createGate();
      colloquy.gemini.enqueue([{ text: "Once upon " }, { waitFor: second }, { text: "a time 🌊" }]);
      await run("SendMessage");
      // Without another step: the page follows what was asked for.
      await replyShows("STREAMING", /^Once upon $/);
      await responseShows('"status": "PENDING"');
      await run("WatchReply");
      await replyShows("STREAMING", /^Once upon $/);
      await responseShows('"status": "STREAMING"');
      second.open();
      await replyShows("COMPLETE", /^Once upon a time 🌊$/);
      await responseShows('"content": "Once upon a time 🌊"');

      await run("MyRooms");
      await responseShows('"content": "The first reply has ended."');
    });

    it("shows what the model thought, and the pages that the reply rests on", async () => {
      const { page, run, replyShows } = graphiql;
      await run("SendMessage");
      await replyShows("COMPLETE", /local fake/);
      const shown = (part: string) => page.locator(`.reply-panel-${part}`).innerText();
      expect((await shown("thought")).length).toBeGreaterThan(20);
      expect(await shown("sources")).toMatch(/\w+ · \w+/);
    });

    it("shows the reply in the window, however long its first event is, also at a phone's width", async () => {
      const { page, run, replyShows } = graphiql;
      colloquy.gemini.enqueue([{ text: "A long reply. ".repeat(3_000) }]);
      await run("SendMessage");
      await replyShows("COMPLETE", /A long reply\. $/);
      for (const [width, height] of [
        [1280, 800],
        [390, 844],
      ] as const) {
        await page.setViewportSize({ width, height });
        await run("WatchReply");
        await replyShows("COMPLETE", /A long reply\. $/);
        for (const part of [
          ".graphiql-execute-button",
          ".graphiql-query-editor",
          ".result-window",
          ".reply-panel-text",
        ]) {
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
      const [token, refreshToken] = [await remembered("accessToken"), await remembered("refreshToken")];
      const second = await graphiql.openTab();
      // Both find at the same time that the token is due.
      await graphiql.page.evaluate(`localStorage.setItem("colloquy:renewAt", "1")`);
      await Promise.all([graphiql.run("MyRooms"), second.run("MyRooms")]);
      for (const tab of [graphiql, second]) await tab.responseShows('"title": "First steps"');
      expect(await remembered("accessToken")).toMatch(/^ey/);
      expect(await remembered("refreshToken")).not.toBe(refreshToken);
      const renewed = await remembered("refreshToken");
      await second.run("MyRooms");
      await second.responseShows('"title": "First steps"');
      expect(await remembered("refreshToken")).toBe(renewed);

      // A socket that is refused comes back with another token.
      await graphiql.page.evaluate(`localStorage.setItem("colloquy:accessToken", "of-nobody")`);
      await second.run("WatchMessages");
      await subscribedTo(messageAddedTopic.name(await remembered("chatroomId")));
      expect(await remembered("accessToken")).not.toBe(token);
      expect(await colloquy.db.session.count({ where: { revokedAt: null } })).toBe(1);
      await second.close();
      await graphiql.run("MyRooms");
      await graphiql.responseShows('"title": "First steps"');
    });

    it("says what to do when the token is refused, and finds the tabs as they were left", async () => {
      // GraphiQL stores its tabs half a second after a change.
      await expect.poll(() => stored(), { interval: 50 }).toContain('"activeTabIndex\\":6');
      await graphiql.page.reload();
      await graphiql.page.locator(".graphiql-tab-active", { hasText: "MyRooms" }).waitFor();
      await graphiql.page.evaluate(`localStorage.setItem("colloquy:accessToken", "of-nobody")`);
      await graphiql.page.evaluate(`localStorage.removeItem("colloquy:refreshToken")`);
      await graphiql.run("WatchMessages");
      await graphiql.responseShows('run the tabs \\"SignIn\\" and \\"EnterCode\\" again');
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
    const remembered = (name: string) => graphiql.page.evaluate<string>(`localStorage.getItem("colloquy:${name}")`);

    async function subscribedTo(channel: string): Promise<void> {
      const count = async () => Number((await redis.pubsub("NUMSUB", channel))[1]);
      await expect.poll(count, { interval: 20 }).toBe(1);
    }
  },
);
