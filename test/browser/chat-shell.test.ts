import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChat, signInAsTestUser, type ChatWindow } from "../../tools/browser/chat-page.ts";
import { findChromium, launchChromium, SKIPPED } from "../../tools/browser/chromium.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { findViolations } from "./find-violations.ts";

const chromium = findChromium();

describe.skipIf(chromium === undefined)(`the chat page's frame ${chromium === undefined ? SKIPPED : ""}`, () => {
  let colloquy: Colloquy;
  let browser: Browser;
  let origin: string;
  let first: ChatWindow;

  beforeAll(async () => {
    [colloquy, browser] = await Promise.all([startColloquy(), launchChromium()]);
    origin = `http://127.0.0.1:${colloquy.apis[0]?.port}`;
    first = await openChat(browser, origin);
  });
  afterAll(async () => {
    await browser?.close();
    await colloquy?.close();
  });

  it("signs in by a number and its code, which development fills in", async () => {
    const { page } = await openChat(browser, origin);
    await page.getByText("This is development.").waitFor();
    await page.getByLabel("Phone number").fill("12");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Phone number").fill("+1 202 555 0117");
    await page.getByRole("button", { name: "Continue" }).click();
    const code = page.getByLabel("Six digits");
    await expect.poll(() => code.inputValue()).toMatch(/^\d{6}$/);
    const right = await code.inputValue();
    // Six digits are enough: they are sent by themselves.
    await code.fill("");
    await code.fill(right === "000000" ? "111111" : "000000");
    await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
    await code.fill("");
    await code.fill(right);
    await page.getByRole("button", { name: /^Account: \+12025550117/ }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: /^Account: \+12025550117/ }).waitFor();
  });

  it("keeps the refresh token where no script finds it", async () => {
    await signInAsTestUser(first);
    const found = await first.page.evaluate<string>(
      "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])",
    );
    const [cookie] = await first.context.cookies(`${origin}/session/refresh`);
    expect(cookie).toMatchObject({ name: "colloquy-session", httpOnly: true, sameSite: "Strict", path: "/session" });
    expect(found).not.toContain(cookie?.value);
    expect(await first.context.cookies(`${origin}/graphql`)).toEqual([]);
  });

  it("shows in every window what changes in one: rooms, titles, pins, running and unread replies", async () => {
    const second = await first.openWindow();
    const created = await createRoom(first, "Rivers");
    for (const { page } of [first, second]) await room(page, "Rivers").waitFor();

    await options(first.page, "Rivers", "Rename");
    await first.page.getByLabel("Title", { exact: true }).fill("Mountains 🏔️");
    await first.page.keyboard.press("Enter");
    await room(second.page, "Mountains 🏔️").waitFor();

    await options(second.page, "Mountains 🏔️", "Pin");
    await first.page.getByRole("heading", { name: "Pinned" }).waitFor();

    const gate = createGate();
    colloquy.gemini.enqueue([{ text: "Once " }, { waitFor: gate }, { text: "more." }]);
    await send(first, created);
    for (const { page } of [first, second]) await page.getByLabel("A reply is being written").waitFor();
    gate.open();
    for (const { page } of [first, second]) await page.getByLabel("Unread").waitFor();
    await options(second.page, "Mountains 🏔️", "Mark as read");
    await first.page.getByLabel("Unread").waitFor({ state: "detached" });
    await second.page.close();
  });

  it("deletes with a way back, and archives", async () => {
    const { page } = first;
    await createRoom(first, "Old notes");
    await options(page, "Old notes", "Delete");
    await room(page, "Old notes").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await room(page, "Old notes").waitFor();

    await options(page, "Old notes", "Archive");
    await room(page, "Old notes").waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("menuitem", { name: "Archive" }).click();
    await room(page, "Old notes").waitFor();
    await options(page, "Old notes", "Take out of the archive");
    await page.getByText("The archive is empty.").waitFor();
    await page.getByRole("button", { name: "Archive" }).first().click();
    await room(page, "Old notes").waitFor();
  });

  it("finds rooms by their title, and goes through them by keys", async () => {
    const { page } = first;
    await createRoom(first, "Learning Greek");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("greek");
    await room(page, "Old notes").waitFor({ state: "detached" });
    await room(page, "Learning Greek").waitFor();
    await page.keyboard.press("Escape");
    await room(page, "Old notes").waitFor();
    await room(page, "Learning Greek").focus();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Old notes");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/c\/[\w-]{36}$/);
    await page.reload();
    await page.locator('[aria-current="page"]', { hasText: "Old notes" }).waitFor();
    await page.keyboard.press("Control+Shift+O");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  });

  it("says that it is offline, and has missed nothing when it is back", async () => {
    const { page, context } = first;
    await context.setOffline(true);
    await page.getByText("Offline.").waitFor();
    await createRoom(first, "Made meanwhile");
    await context.setOffline(false);
    await page.getByText("Offline.").waitFor({ state: "detached" });
    await room(page, "Made meanwhile").waitFor();
  });

  it("shows in development what it hears, and misses nothing when its connection is cut", async () => {
    const { page, context } = first;
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: /^Events/ }).click();
    const drawer = page.getByRole("dialog", { name: "Events" });
    await drawer.getByRole("button", { name: "Cut the connection" }).click();
    await createRoom(first, "Made in the dark");
    await room(page, "Made in the dark").waitFor();
    await drawer.getByText("live", { exact: true }).waitFor();
    await drawer
      .getByRole("button", { name: /RoomChanged after \d+/ })
      .first()
      .click();
    await drawer.getByText('"Made in the dark"').waitFor();
    await drawer.getByRole("button", { name: "Copy as…" }).click();
    await page.getByRole("menuitem", { name: "curl" }).click();
    await expect
      .poll(() => page.evaluate<string>("navigator.clipboard.readText()"))
      .toMatch(/^curl -N 'http:.*"after":"\d+"/s);
    expect(await findViolations(page)).toEqual([]);
    await drawer.getByRole("button", { name: "Close" }).click();
    await drawer.waitFor({ state: "detached" });
  });

  it("has the rooms in a drawer on a phone", async () => {
    const phone = await first.openWindow();
    await phone.page.setViewportSize({ width: 390, height: 844 });
    await phone.page.getByRole("button", { name: "Open the list of chats" }).click();
    await room(phone.page, "Old notes").click();
    await phone.page.getByRole("dialog").waitFor({ state: "detached" });
    expect(new URL(phone.page.url()).pathname).toMatch(/^\/c\//);
    expect(await phone.page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await phone.page.close();
  });

  it("is for everybody: axe finds nothing, light and dark, wide and narrow", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await openChat(browser, origin, { colorScheme, reducedMotion: "reduce" });
      await page.getByRole("heading", { name: "Sign in to Colloquy" }).waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.close();
    }
    const { page } = first;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await findViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Options of Old notes" }).click();
      await page.getByRole("menuitem", { name: "Delete" }).waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole("button", { name: "Open the list of chats" }).click();
      await room(page, "Old notes").waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 1280, height: 800 });
    }
  });

  it("is silent about tokens that end, and leaves in every window at once", async () => {
    const api = await colloquy.startApi({ ACCESS_TOKEN_TTL: "4s" });
    const at = `http://127.0.0.1:${api.port}`;
    const one = await openChat(browser, at);
    await signInAsTestUser(one);
    const two = await one.openWindow();
    await two.page.locator("#main").waitFor();
    const token = () => one.page.evaluate<string>(`JSON.parse(sessionStorage.getItem("colloquy:access")).text`);
    const before = await token();
    await expect.poll(token).not.toBe(before);
    await createRoom(two, "After the first token");
    for (const { page } of [one, two]) await room(page, "After the first token").waitFor();

    await two.page.getByRole("button", { name: /^Account/ }).click();
    await two.page.getByRole("menuitem", { name: "Sign out" }).click();
    for (const { page } of [one, two]) await page.getByRole("heading", { name: "Sign in to Colloquy" }).waitFor();
    expect(await one.context.cookies(`${at}/session/refresh`)).toEqual([]);
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });

  it("is signed out by another device, silently and at once", async () => {
    const other = await openChat(browser, origin);
    await signInAsTestUser(other);
    await other.ask("mutation { signOut }");
    await other.page.getByRole("heading", { name: "Sign in to Colloquy" }).waitFor();
  });

  it("asks nobody else, and does nothing that its policy refuses", () => {
    // A wrong number and a refused code are answered with an error, which is no fault of the page.
    expect(first.complaints.filter((complaint) => !complaint.includes("ERR_INTERNET_DISCONNECTED"))).toEqual([]);
  });

  const room = (page: Page, title: string) => page.getByRole("link", { name: title });

  async function options(page: Page, title: string, item: string): Promise<void> {
    await room(page, title).hover();
    await page.getByRole("button", { name: `Options of ${title}` }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
  }

  async function createRoom(window: ChatWindow, title: string): Promise<string> {
    const { createChatroom } = await window.ask<{ createChatroom: { id: string } }>(
      "mutation ($title: String!) { createChatroom(input: { title: $title }) { id } }",
      { title },
    );
    return createChatroom.id;
  }

  const send = (window: ChatWindow, chatroomId: string) =>
    window.ask(`mutation ($id: ID!) { sendMessage(input: { chatroomId: $id, content: "Go on" }) { reply { id } } }`, {
      id: chatroomId,
    });
});
