import type { BrowserContext, Page } from "playwright-core";
import { launchChromium, watchPage } from "./chromium.ts";

/** GraphiQL in a real browser, worked as a person does: by tabs and the play button. */
export type GraphiqlPage = Readonly<{
  page: Page;
  /** The tabs' titles, from left to right. */
  tabs(): Promise<string[]>;
  /** Goes to a tab and presses play. */
  run(title: string): Promise<void>;
  /** Waits until GraphiQL's response, blanks folded, contains the text. */
  responseShows(text: string): Promise<void>;
  /** What went wrong or went out: errors of the page, refusals of its policy, requests to another origin. */
  complaints: readonly string[];
  /** Opens the page once more, in another tab of the same browser. */
  openTab(): Promise<GraphiqlPage>;
  /** Closes the tab and, if it is the first one, the browser. */
  close(): Promise<void>;
}>;

/**
 * Opens the page in a headless Chromium with a profile of its own.
 *
 * @param url the API's address, such as http://localhost:4000/graphql
 * @throws {Error} when there is no Chromium, or the page does not come up
 */
export async function openGraphiql(url: string, colorScheme: "light" | "dark" = "light"): Promise<GraphiqlPage> {
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme });
    return { ...(await openTab(context, url)), close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function openTab(context: BrowserContext, url: string): Promise<GraphiqlPage> {
  const page = await context.newPage();
  const complaints = watchPage(page, new URL(url).origin);
  await page.goto(url);
  await page.locator(".graphiql-execute-button").waitFor();
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
  return { ...controls(page), page, complaints, openTab: () => openTab(context, url), close: () => page.close() };
}

function controls(page: Page): Pick<GraphiqlPage, "tabs" | "run" | "responseShows"> {
  const tabs = page.locator(".graphiql-tab-button");
  return {
    tabs: () => tabs.allInnerTexts(),
    async run(title) {
      await tabs.filter({ hasText: title }).click();
      await page.locator(".graphiql-tab-active", { hasText: title }).waitFor();
      await page.getByRole("button", { name: /^Execute query/ }).click();
    },
    async responseShows(text) {
      const response = page.locator(".result-window");
      try {
        await response.filter({ hasText: text }).waitFor();
      } catch (cause) {
        throw new Error(`The response does not show ${text}, but: ${await response.innerText()}`, { cause });
      }
    },
  };
}
