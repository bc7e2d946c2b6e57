import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChat, signInAsTestUser, type ChatWindow } from "../../tools/browser/chat-page.ts";
import { findChromium, launchChromium, SKIPPED } from "../../tools/browser/chromium.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { findViolations } from "./find-violations.ts";

const PASSWORD = "correct horse battery";

const chromium = findChromium();

describe.skipIf(chromium === undefined)(`the chat page's settings ${chromium === undefined ? SKIPPED : ""}`, () => {
  let colloquy: Colloquy;
  let browser: Browser;
  let origin: string;
  let chat: ChatWindow;
  let phone: string;

  beforeAll(async () => {
    [colloquy, browser] = await Promise.all([startColloquy({ workers: 0 }), launchChromium()]);
    origin = `http://127.0.0.1:${colloquy.apis[0]?.port}`;
    chat = await openChat(browser, origin);
    await signInAsTestUser(chat);
    phone = (await chat.ask<{ me: { phone: string } }>("{ me { phone } }")).me.phone;
  });
  afterAll(async () => {
    await browser?.close();
    await colloquy?.close();
  });

  it("change name and time zone, also where they are shown elsewhere", async () => {
    const { page } = chat;
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByLabel("Name").fill("Ada Lovelace 👩‍🔬");
    await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Account: Ada Lovelace 👩‍🔬" }).waitFor();
    const { me } = await chat.ask<{ me: object }>("{ me { name timeZone } }");
    expect(me).toEqual({ name: "Ada Lovelace 👩‍🔬", timeZone: "Asia/Tokyo" });
  });

  it("set a password, and sign in with it on another device, which is listed and signed out", async () => {
    const { page } = chat;
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByLabel("New password").fill("12345678");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("New password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("The password is set.").waitFor();

    const other = await openChat(browser, origin);
    await other.page.getByRole("button", { name: "Sign in with a password" }).click();
    await other.page.getByLabel("Phone number").fill(phone);
    await other.page.getByLabel("Password").fill("wrong");
    await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.page.getByText("The number or the password is wrong.").waitFor();
    await other.page.getByLabel("Password").fill(PASSWORD);
    await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.page.locator("#main").waitFor();

    // It comes by itself.
    await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
    await other.page.getByRole("heading", { name: "Sign in to Colloquy" }).waitFor();
    await page.getByRole("button", { name: /^Sign out Chrome/ }).waitFor({ state: "detached" });
    await page.reload();
    await page.getByText("Password changed").waitFor();
  });

  it("ask for the present password when there is one", async () => {
    const { page } = chat;
    await page.getByLabel("New password").fill(`${PASSWORD}!`);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByLabel("Present password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("The password is set.").waitFor();
  });

  it("show the plan and what is used of the day", async () => {
    const { page } = chat;
    await page.getByRole("link", { name: "Plan and usage" }).click();
    await page.getByText("Nothing is sold on this server.").waitFor();
    expect(await page.getByRole("meter").getAttribute("aria-valuetext")).toBe("0 of 1000");
  });

  it("choose the colours, which a reload keeps", async () => {
    const { page } = chat;
    const surface = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const light = await surface();
    await page.getByRole("link", { name: "Appearance" }).click();
    await page.getByRole("radio", { name: "Dark" }).click();
    await expect.poll(surface).not.toBe(light);
    const dark = await surface();
    await page.reload();
    await page.getByRole("radio", { name: "Dark", checked: true }).waitFor();
    expect(await surface()).toBe(dark);
  });

  it("are for everybody: axe finds nothing", async () => {
    const { page } = await chat.openWindow();
    for (const section of ["profile", "plan", "security", "appearance"]) {
      await page.goto(`${origin}/settings/${section}`);
      await page.getByRole("heading", { name: "Settings" }).waitFor();
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        expect(await findViolations(page), `${section} ${colorScheme}`).toEqual([]);
      }
    }
    await page.close();
  });

  it("delete the account with a code, after which there is nobody", async () => {
    const { page } = chat;
    // As if the code that signed in had been sent a while ago: another one may be asked for.
    await colloquy.db.otpCode.updateMany({ where: { phone }, data: { sentAt: new Date(0) } });
    await page.getByRole("link", { name: "Profile" }).click();
    await page.getByRole("button", { name: "Delete the account…" }).click();
    await page.getByRole("button", { name: "Send the code" }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByRole("heading", { name: "Sign in to Colloquy" }).waitFor();
    expect(await colloquy.db.user.count({ where: { phone } })).toBe(0);
    expect(await chat.context.cookies(`${origin}/session/refresh`)).toEqual([]);
    expect(chat.complaints).toEqual([]);
  });
});
