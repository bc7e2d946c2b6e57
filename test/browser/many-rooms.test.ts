import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChat, signInAsTestUser, type ChatWindow } from "../../tools/browser/chat-page.ts";
import { findChromium, launchChromium, SKIPPED, watchPage } from "../../tools/browser/chromium.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";

const chromium = findChromium();

const ROOMS = 10_000;
/** What one page of rooms has at most. */
const PAGE = 100;
/** Far more than rows that are in sight need, and far less than those of all rooms. */
const MAX_NODES = 2_000;

describe.skipIf(chromium === undefined)(
  `10,000 rooms on the chat page ${chromium === undefined ? SKIPPED : ""}`,
  () => {
    let colloquy: Colloquy;
    let browser: Browser;
    let first: ChatWindow;
    let page: Page;
    let complaints: readonly string[];
    /** The filters of the lists that were asked for. */
    const asked: string[] = [];

    beforeAll(async () => {
      [colloquy, browser] = await Promise.all([startColloquy({ workers: 0 }), launchChromium()]);
      const origin = `http://127.0.0.1:${colloquy.apis[0]?.port}`;
      first = await openChat(browser, origin);
      await signInAsTestUser(first);
      const { me } = await first.ask<{ me: { id: string } }>("{ me { id } }");
      await colloquy.db.$executeRaw`
      INSERT INTO "Chatroom" ("id", "userId", "title", "lastMessageAt", "updatedAt")
      SELECT uuidv7(), ${me.id}::uuid, 'Room ' || "n", now() - "n" * interval '1 hour', now()
      FROM generate_series(1, ${ROOMS - 1}::int) "n"`;
      // What was cached of the empty list goes.
      await first.ask(`mutation { createChatroom(input: { title: "Room 0" }) { id } }`);
      page = await first.context.newPage();
      complaints = watchPage(page, origin);
      page.on("request", (request) => {
        const { operationName, variables } = (request.postDataJSON() ?? {}) as {
          operationName?: string;
          variables?: object;
        };
        if (operationName === "Rooms") asked.push(JSON.stringify(variables));
      });
      const heard = page
        .waitForEvent("websocket")
        .then((socket) =>
          socket.waitForEvent("framereceived", ({ payload }) => String(payload).includes("AccountSnapshot")),
        );
      await page.goto(first.page.url());
      await Promise.all([heard, room(0).waitFor()]);
    });
    afterAll(async () => {
      await browser?.close();
      await colloquy?.close();
    });

    const room = (n: number) => page.getByRole("link", { name: `Room ${n}`, exact: true });
    const lastRoom = async () => Number((await page.locator("[data-room-link]").last().textContent())?.slice(5));
    const nodes = () => page.evaluate<number>(`document.querySelector("nav").getElementsByTagName("*").length`);
    const scroller = () => page.getByRole("list", { name: "Chats", exact: true }).locator("..");

    it("asks for the first page of each list, and once more when it has heard from where on it hears all", async () => {
      await page.waitForLoadState("networkidle");
      const lists = [true, false].map((pinned) => JSON.stringify({ first: 50, filter: { pinned } }));
      expect(new Set(asked)).toEqual(new Set(lists));
      expect(asked.length).toBeLessThanOrEqual(2 * lists.length);
      expect(await nodes()).toBeLessThan(MAX_NODES);
    });

    it("goes on page by page by wheel and scrollbar", async () => {
      await room(0).hover();
      await expect.poll(() => page.mouse.wheel(0, 100_000).then(lastRoom)).toBeGreaterThan(60);
      const toEnd = () => scroller().evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      await expect.poll(() => toEnd().then(lastRoom)).toBeGreaterThan(160);
      expect(asked.length).toBeLessThan(10);
      expect(await nodes()).toBeLessThan(MAX_NODES);
    });

    it("goes to the oldest room by End, and back by Home", async () => {
      await scroller().evaluate((element) => element.scrollTo({ top: 0 }));
      await room(0).focus();
      await page.keyboard.press("End");
      await expect
        .poll(() => page.evaluate("document.activeElement.textContent"), { timeout: 60_000 })
        .toBe(`Room ${ROOMS - 1}`);
      expect(asked.length).toBeLessThanOrEqual(ROOMS / PAGE + 5);
      expect(await nodes()).toBeLessThan(MAX_NODES);
      await page.keyboard.press("ArrowUp");
      await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe(`Room ${ROOMS - 2}`);
      await page.keyboard.press("Home");
      await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Room 0");
    });

    it("finds one among them", async () => {
      await page.getByLabel("Search in titles").fill("Room 7654");
      await room(7_654).waitFor();
      await expect.poll(() => page.locator("[data-room-link]").count()).toBe(1);
      await page.getByLabel("Search in titles").fill("");
      await room(0).waitFor();
    });

    it("puts a room that gets a message at the top", async () => {
      const { id } = await colloquy.db.chatroom.findFirstOrThrow({ where: { title: "Room 5000" } });
      await first.ask(
        `mutation ($id: ID!) { sendMessage(input: { chatroomId: $id, content: "Again" }) { reply { id } } }`,
        { id },
      );
      await expect.poll(() => page.locator("[data-room-link]").first().textContent()).toBe("Room 5000");
      expect(complaints).toEqual([]);
    });
  },
);
