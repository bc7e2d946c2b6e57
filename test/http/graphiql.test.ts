import { Script } from "node:vm";
import { buildClientSchema, getIntrospectionQuery, Kind, parse, validate, type IntrospectionQuery } from "graphql";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, openGraphiql, type GraphiqlPage } from "../../tools/browser/graphiql.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { messageAddedTopic } from "../../src/features/messages/events.ts";
import { GRAPHIQL_TABS } from "../../src/http/graphiql/tabs.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";

let colloquy: Colloquy;
let url: string;

beforeAll(async () => {
  colloquy = await startColloquy();
  url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
});
afterAll(() => colloquy?.close());

describe("GraphiQL's page over HTTP", () => {
  it("is made of files from its own address only, and allows no others", async () => {
    const page = await fetch(url, { headers: { accept: "text/html,*/*" } });
    const html = await page.text();
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");

    const links = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link = ""]) => link);
    expect(links).toHaveLength(5);
    for (const link of links) expect(link).toMatch(/^(\?asset=|data:image\/svg)/);

    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  it("sends each file packed, typed and to be kept for ever", async () => {
    const files = await readFiles();
    expect(files.map(({ type }) => type)).toEqual([
      "text/css; charset=utf-8",
      ...Array<string>(6).fill("text/javascript; charset=utf-8"),
    ]);
    for (const { encoding, caching } of files) {
      expect([encoding, caching]).toEqual(["gzip", "public, max-age=31536000, immutable"]);
    }
    expect((await fetch(`${url}?asset=nothing.js`)).status).toBe(404);
  });

  it("has a script that stands on its own, and tells no secret", async () => {
    const page = (await readFiles()).find(({ name }) => name.startsWith("page-"));
    expect(() => new Script(page?.body ?? "")).not.toThrow();
    expect(page?.body).toContain("startPage(globalThis, ");
    // What a loader or compiler makes of an import, which the browser could not follow.
    expect(page?.body).not.toMatch(/\bimport\b|\brequire\b|__vi|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(page?.body).not.toMatch(/a secret that only tests|test-key|eyJ/);
  });

  it("has tabs that fit the schema, with every variable given", async () => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: getIntrospectionQuery() }),
    });
    const { data } = (await answer.json()) as { data: IntrospectionQuery };
    const schema = buildClientSchema(data);

    for (const { query, variables } of GRAPHIQL_TABS) {
      const document = parse(query);
      expect(validate(schema, document)).toEqual([]);
      const [operation] = document.definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`no operation: ${query}`);
      const declared = operation.variableDefinitions?.map(({ variable }) => variable.name.value);
      expect(Object.keys(JSON.parse(variables) as object)).toEqual(declared);
    }
  });

  /** Every file that the page names, and the workers that its script names. */
  async function readFiles() {
    const html = await (await fetch(url, { headers: { accept: "text/html" } })).text();
    const first = await Promise.all(namesIn(html).map(readFile));
    const script = first.find(({ name }) => name.startsWith("page-"))?.body ?? "";
    return [...first, ...(await Promise.all(namesIn(script).map(readFile)))];
  }

  async function readFile(name: string) {
    const file = await fetch(`${url}?asset=${name}`);
    expect(file.status).toBe(200);
    const [type, encoding, caching] = ["content-type", "content-encoding", "cache-control"].map((header) =>
      file.headers.get(header),
    );
    return { name, type, encoding, caching, body: await file.text() };
  }

  const namesIn = (text: string) => [...text.matchAll(/\?asset=([\w.-]+)/g)].map(([, name = ""]) => name);
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
      expect(await graphiql.tabs()).toEqual([
        "SignIn",
        "EnterCode",
        "CreateRoom",
        "SendMessage",
        "WatchReply",
        "WatchMessages",
        "MyRooms",
      ]);

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
      expect(await graphiql.tabs()).toHaveLength(GRAPHIQL_TABS.length);
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
