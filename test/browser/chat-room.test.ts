import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openChat, signInAsTestUser, type ChatWindow } from "../../tools/browser/chat-page.ts";
import { findChromium, launchChromium, SKIPPED } from "../../tools/browser/chromium.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { findViolations } from "./find-violations.ts";

const chromium = findChromium();

describe.skipIf(chromium === undefined)(`a room of the chat page ${chromium === undefined ? SKIPPED : ""}`, () => {
  let colloquy: Colloquy;
  let browser: Browser;
  let first: ChatWindow;
  let page: Page;

  beforeAll(async () => {
    [colloquy, browser] = await Promise.all([startColloquy({ env: { NODE_ENV: "development" } }), launchChromium()]);
    first = await openChat(browser, `http://127.0.0.1:${colloquy.apis[0]?.port}`);
    page = first.page;
    await signInAsTestUser(first);
  });
  afterEach(() => colloquy.gemini.reset());
  afterAll(async () => {
    await browser?.close();
    await colloquy?.close();
  });

  const composer = (where = page) => where.getByRole("textbox", { name: "Message", exact: true });
  const replies = (where = page): Locator => where.getByRole("article", { name: "The reply" });
  const questions = (where = page): Locator => where.getByRole("article", { name: "You", exact: true });
  const press = (name: string, where = page) => where.getByRole("button", { name, exact: true }).last().click();
  const path = () => new URL(page.url()).pathname;

  async function send(text: string): Promise<void> {
    await composer().fill(text);
    await page.keyboard.press("Enter");
  }
  async function begin(text: string): Promise<void> {
    await page.goto(new URL("/", page.url()).href);
    await send(text);
    await page.waitForURL(/\/c\//);
  }
  const textIs = (locator: Locator, text: string | RegExp) =>
    expect.poll(async () => (await locator.innerText()).trim(), { timeout: 20_000 }).toMatch(text);

  it("begins with a first message, and shows the reply as it is written, in every window and after a reload", async () => {
    const gates = [createGate(), createGate(), createGate()] as const;
    colloquy.gemini.enqueue([
      { text: "One, " },
      { waitFor: gates[0] },
      { text: "two, " },
      { waitFor: gates[1] },
      { text: "three 🌊 " },
      { waitFor: gates[2] },
      { text: "and four." },
    ]);
    await begin("Count to four");
    await expect.poll(() => composer().evaluate((element) => element === document.activeElement)).toBe(true);
    await textIs(replies(), /^One,/);
    const second = await first.openWindow(path());
    await textIs(replies(second.page), /^One,/);
    gates[0].open();
    for (const window of [page, second.page]) await textIs(replies(window), /^One, two,/);
    await page.reload();
    await textIs(replies(), /^One, two,/);
    gates[1].open();
    for (const window of [page, second.page]) await textIs(replies(window), /^One, two, three 🌊/);
    gates[2].open();
    for (const window of [page, second.page]) await textIs(replies(window), /^One, two, three 🌊 and four\.$/);
    expect(await questions().count()).toBe(1);
    await second.page.close();
  });

  it("shows a question, and that its reply has begun, in another window of the room", async () => {
    const second = await first.openWindow(path());
    await replies(second.page).first().waitFor();
    const gate = createGate();
    colloquy.gemini.enqueue([{ text: "It begins" }, { waitFor: gate }, { text: " and ends." }]);
    await send("Does it begin?");
    await textIs(questions(second.page).last(), /^Does it begin\?/);
    await textIs(replies(second.page).last(), /^It begins/);
    gate.open();
    await textIs(replies(second.page).last(), /^It begins and ends\.$/);
    await second.page.close();
  });

  it("stops a reply, keeps its text, and lets what waited go on when it is asked to", async () => {
    colloquy.gemini.enqueue([{ text: "Halfway" }, { waitFor: createGate() }]);
    await send("Write for ever");
    await textIs(replies().last(), /^Halfway/);
    await send("And this next");
    await page.getByRole("region", { name: "Waiting messages" }).getByText("And this next").waitFor();
    await press("Stop");
    await textIs(replies().last(), /^Halfway\s+Stopped\./);
    colloquy.gemini.enqueue([{ text: "Next it is." }]);
    await press("Send what is waiting");
    await textIs(replies().last(), /^Next it is\.$/);
    await page.getByRole("region", { name: "Waiting messages" }).waitFor({ state: "detached" });
  });

  it("asks again in other words, leads back to what was there, and shows it in every window", async () => {
    colloquy.gemini.enqueue([{ text: "The first answer." }]);
    await begin("A question");
    await textIs(replies(), /^The first answer\.$/);
    const second = await first.openWindow(path());
    await textIs(replies(second.page), /^The first answer\.$/);

    colloquy.gemini.enqueue([{ text: "The second answer." }]);
    await press("Edit");
    await page.getByLabel("The message in other words").fill("A better question");
    await page.keyboard.press("Enter");
    for (const window of [page, second.page]) await textIs(replies(window), /^The second answer\.$/);
    await page.getByText("2/2").waitFor();
    await press("Version before");
    for (const window of [page, second.page]) await textIs(replies(window), /^The first answer\.$/);
    expect(await questions().innerText()).toContain("A question");

    colloquy.gemini.enqueue([{ text: "A third answer." }]);
    await press("Write another reply");
    await textIs(replies(), /^A third answer\.\s+2\/2$/);
    await second.page.close();
  });

  it("goes on from a reply in a chat of its own", async () => {
    const before = path();
    await press("Continue in a new chat");
    await expect.poll(path).not.toBe(before);
    await textIs(replies(), /^A third answer\.$/);
  });

  it("says why a reply failed, and tries again", async () => {
    colloquy.gemini.enqueue([{ finish: "STOP" }]);
    await begin("Say nothing");
    await replies().getByRole("alert").waitFor();
    // Who looks at it has seen it.
    const unread = "query ($id: ID!) { chatroom(id: $id) { unread } }";
    await expect.poll(() => first.ask(unread, { id: path().slice(3) })).toEqual({ chatroom: { unread: false } });
    colloquy.gemini.enqueue([{ text: "Now it is said." }]);
    await press("Try again");
    await textIs(replies(), /^Now it is said\.$/);
  });

  it("gets its reply although the worker is killed in the middle of it", async () => {
    const gate = createGate();
    const script = [{ text: "Half of it" }, { waitFor: gate }, { text: ", and all." }];
    colloquy.gemini.onPrompt("Die", script, { times: 2 });
    await begin("Die, and go on");
    await textIs(replies(), /^Half of it/);
    await page.getByRole("button", { name: /^Events/ }).click();
    const drawer = page.getByRole("dialog", { name: "Events" });
    await drawer.getByRole("button", { name: "Kill the worker" }).click();
    expect(await colloquy.workers[0]?.ended).toEqual({ code: null, signal: "SIGKILL" });
    await drawer.getByRole("button", { name: "Close" }).click();
    gate.open();
    await colloquy.startWorker();
    await textIs(replies(), /^Half of it, and all\.$/);
  });

  it("shows what it heard of, although an older answer comes after it", async () => {
    colloquy.gemini.enqueue([{ text: "The beginning." }]);
    await begin("Begin");
    await textIs(replies(), /^The beginning\.$/);
    const chat = page.url();
    const late = await first.openWindow("/settings");
    const heard: string[] = [];
    late.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(String(payload))));
    const [answered, gate] = [createGate(), createGate()];
    await late.page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("query Room(")) return route.continue();
      const response = await route.fetch();
      answered.open();
      await gate.opened;
      await route.fulfill({ response });
    });
    await late.page.goto(chat);
    await answered.opened;
    await expect.poll(() => heard.join()).toContain("AccountSnapshot");
    colloquy.gemini.enqueue([{ text: "The rest." }]);
    await send("Go on");
    await textIs(replies().last(), /^The rest\.$/);
    const { id } = await colloquy.db.message.findFirstOrThrow({ where: { content: "The rest." } });
    await expect
      .poll(() => heard.find((frame) => frame.includes(`"activeReply":null`) && frame.includes(id)))
      .toBeTruthy();
    gate.open();
    await textIs(replies(late.page).last(), /^The rest\.$/);
    await late.page.close();
  });

  it("shows Markdown without letting it do harm, and copies code", async () => {
    await first.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const code = "const wave = (n: number) => n * 2;";
    colloquy.gemini.enqueue([
      {
        text: `## Waves\n\n- **one**\n- two\n\n\`\`\`ts\n${code}\n\`\`\`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<img src=x onerror="document.title='harmed'"> [link](javascript:alert(1))`,
      },
    ]);
    await begin("Show me Markdown");
    await replies().getByRole("heading", { name: "Waves" }).waitFor();
    await replies().getByRole("cell", { name: "2" }).waitFor();
    await press("Copy code");
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(code);
    expect(await replies().locator("img, a").count()).toBe(0);
    expect(await page.title()).not.toContain("harmed");
  });

  it("keeps what was written and not sent", async () => {
    await composer().fill("Not yet sent");
    await page.reload();
    await expect.poll(() => composer().inputValue()).toBe("Not yet sent");
    await composer().fill("");
  });

  it("stays at the end of a long reply until the reader scrolls up", async () => {
    const gate = createGate();
    const lines = Array.from({ length: 120 }, (_, n) => `Line ${n}.\n\n`);
    colloquy.gemini.enqueue([{ text: lines.join("") }, { waitFor: gate }, { text: "The end." }]);
    await begin("Write a lot");
    const inSight = (text: string) =>
      page.getByText(text, { exact: true }).evaluate((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        // What has just been replaced has no place at all.
        return bottom > top && top >= 0 && bottom <= innerHeight;
      });
    await expect.poll(() => inSight("Line 119.")).toBe(true);
    await page.getByRole("group", { name: "Messages" }).hover();
    await page.mouse.wheel(0, -2_000);
    const newest = page.getByRole("button", { name: "Go to the newest message" });
    await newest.waitFor();
    await expect.poll(() => inSight("Line 119.")).toBe(false);
    gate.open();
    await page.getByText("The end.").waitFor();
    expect(await inSight("The end.")).toBe(false);
    await newest.click();
    await expect.poll(() => inSight("The end.")).toBe(true);
  });

  it.each(["light", "dark"] as const)(
    "has no faults that axe finds, also at 390 px, in the %s",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      expect(await findViolations(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await findViolations(page)).toEqual([]);
      const wide = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
      expect(wide).toBe(false);
      await page.setViewportSize({ width: 1280, height: 800 });
    },
  );

  it("has met no error of the page, and asked nobody else", () => {
    expect(first.complaints.filter((complaint) => !/status of 40\d/.test(complaint))).toEqual([]);
  });
});
