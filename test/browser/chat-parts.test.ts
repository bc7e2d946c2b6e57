import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openChat, signInAsTestUser, type ChatWindow } from "../../tools/browser/chat-page.ts";
import { findChromium, launchChromium, SKIPPED } from "../../tools/browser/chromium.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { findViolations } from "./find-violations.ts";

const chromium = findChromium();

/** What Google sends, and what somebody might who wanted to harm. */
const SUGGESTIONS = `<style>
.container { display: flex; padding: 8px 12px; border-radius: 8px; background: url(https://elsewhere.example/x.png); }
.chip { padding: 5px 16px; border: solid 1px; border-radius: 16px; color: rgb(1, 2, 3); }
@media (prefers-color-scheme: dark) { .chip { color: rgb(201, 202, 203); } }
</style>
<div class="container">
  <a class="chip" href="https://www.google.com/search?q=rain">rain</a>
  <a class="bad" href="javascript:parent.document.title='harmed'">bad</a>
</div>
<img src="x" onerror="parent.document.title='harmed'">
<script>parent.document.title = "harmed"</script>`;

const GROUNDED = {
  webSearchQueries: ["rain"],
  searchEntryPoint: { renderedContent: SUGGESTIONS },
  groundingChunks: [{ web: { uri: "https://example.com/rain", title: "Rain" } }],
  groundingSupports: [{ segment: { endIndex: 9, text: "It rains." }, groundingChunkIndices: [0] }],
};

describe.skipIf(chromium === undefined)(`replies in parts ${chromium === undefined ? SKIPPED : ""}`, () => {
  let colloquy: Colloquy;
  let browser: Browser;
  let first: ChatWindow;
  let page: Page;

  beforeAll(async () => {
    [colloquy, browser] = await Promise.all([startColloquy({ env: { NODE_ENV: "development" } }), launchChromium()]);
    first = await openChat(browser, `http://127.0.0.1:${colloquy.apis[0]?.port}`, { colorScheme: null });
    page = first.page;
    await signInAsTestUser(first);
  });
  afterEach(() => colloquy.gemini.reset());
  afterAll(async () => {
    await browser?.close();
    await colloquy?.close();
  });

  const reply = (where = page): Locator => where.getByRole("article", { name: "The reply" });

  async function begin(text: string): Promise<void> {
    await page.goto(new URL("/", page.url()).href);
    await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/c\//);
  }

  it("never shows the note that stands for a part, also on a page that is opened meanwhile", async () => {
    await first.context.addInitScript(`new MutationObserver(() => {
      if (document.body?.innerText.includes("left out")) window.noteWasSeen = true;
    }).observe(document, { subtree: true, childList: true, characterData: true })`);
    const [begun, coded] = [createGate(), createGate()];
    colloquy.gemini.enqueue([
      { text: "Let me count." },
      { waitFor: begun },
      { part: { executableCode: { language: "PYTHON", code: "print(6 * 7)" } } },
      { part: { codeExecutionResult: { outcome: "OUTCOME_OK", output: "42\n" } } },
      { text: "It is 42." },
      { waitFor: coded },
      { text: " Really." },
    ]);
    await begin("Count");
    await reply().getByText("Let me count.").waitFor();
    begun.open();
    await reply().getByText("It is 42.").waitFor();
    // What comes live is held up, so that the page stands as its first answer says.
    const second = await first.context.newPage();
    const connected = createGate();
    await second.routeWebSocket(/graphql/, async (socket) => {
      await connected.opened;
      socket.connectToServer();
    });
    await second.goto(page.url());
    await reply(second).getByText("It is 42.").waitFor();
    connected.open();
    await reply(second).getByText("print(6 * 7)").waitFor();
    coded.open();
    for (const window of [page, second]) {
      await reply(window).getByText("It is 42. Really.").waitFor();
      expect(await window.evaluate("window.noteWasSeen")).toBeUndefined();
    }
    await second.close();
  });

  it("shows Google's suggestions as they are, where nothing in them can run or load", async () => {
    const finish = { finish: "STOP", candidate: { groundingMetadata: GROUNDED } };
    colloquy.gemini.enqueue([{ text: "It rains." }, finish]);
    const asked: string[] = [];
    await first.context.route("https://elsewhere.example/**", (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    await begin("Weather?");
    const frame = page.frameLocator('iframe[title="Search suggestions by Google"]');
    const chip = frame.locator(".chip");
    expect(await chip.evaluate((element) => getComputedStyle(element).color)).toBe("rgb(1, 2, 3)");
    expect((await frame.locator("body").innerHTML()).replaceAll(/\s/g, "")).toBe(SUGGESTIONS.replaceAll(/\s/g, ""));
    const height = () =>
      page
        .locator("iframe")
        .evaluate((element) => [
          element.clientHeight,
          (element as HTMLIFrameElement).contentDocument?.documentElement.scrollHeight,
        ]);
    await expect.poll(async () => new Set(await height()).size).toBe(1);

    await frame.locator(".bad").click();
    await page
      .context()
      .route("https://www.google.com/**", (route) =>
        route.fulfill({ contentType: "text/html", body: "<script>document.title = 'It runs'</script>" }),
      );
    const [opened] = await Promise.all([
      page.context().waitForEvent("page", (each) => each.url() !== ""),
      chip.click(),
    ]);
    await expect.poll(() => opened.title()).toBe("It runs");
    expect(await opened.evaluate("opener")).toBeNull();
    for (const other of page.context().pages()) if (other !== page) await other.close();
    expect(await page.title()).not.toContain("harmed");
    expect(asked).toEqual([]);
    const refused = first.complaints.filter((complaint) => complaint.includes("Content Security Policy"));
    expect(refused.join()).toContain("https://elsewhere.example/x.png");
  });

  it("shows them in the colours that the person chose", async () => {
    await page.evaluate(`localStorage.setItem("colloquy:theme", "dark")`);
    await page.reload();
    const chip = page.frameLocator("iframe").locator(".chip");
    await expect.poll(() => chip.evaluate((element) => getComputedStyle(element).color)).toBe("rgb(201, 202, 203)");
    expect(await findViolations(page)).toEqual([]);
  });
});
