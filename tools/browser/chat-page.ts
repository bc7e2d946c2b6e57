import type { Browser, BrowserContext, Page } from "playwright-core";
import { watchPage } from "./chromium.ts";

export type ChatWindow = Readonly<{
  page: Page;
  context: BrowserContext;
  /** What went wrong or went out: see `watchPage`. */
  complaints: readonly string[];
  /** Another window of the same browser and person. */
  openWindow(path?: string): Promise<ChatWindow>;
  /** Asks the API as the person who is signed in. @throws {Error} what it refuses */
  ask<T>(query: string, variables?: object): Promise<T>;
}>;

type Options = {
  width?: number;
  height?: number;
  /** Null: the browser's own, light, which documents in the page do not have to follow. */
  colorScheme?: "light" | "dark" | null;
  reducedMotion?: "reduce";
  locale?: string;
};

/** Opens the chat page as somebody who was never there. */
export async function openChat(browser: Browser, origin: string, options: Options = {}): Promise<ChatWindow> {
  const { width = 1280, height = 800, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, ...rest });
  return openWindow(context, origin, "/");
}

/** Signs in on the page, by the button that development has. */
export async function signInAsTestUser({ page }: ChatWindow): Promise<void> {
  await page.getByRole("button", { name: "New test user" }).click();
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator("#main").waitFor();
}

async function openWindow(context: BrowserContext, origin: string, path: string): Promise<ChatWindow> {
  const page = await context.newPage();
  const complaints = watchPage(page, origin);
  await page.goto(`${origin}${path}`);
  return {
    page,
    context,
    complaints,
    openWindow: (other = "/") => openWindow(context, origin, other),
    ask: (query, variables = {}) => ask(page, origin, { query, variables }),
  };
}

async function ask<T>(page: Page, origin: string, body: object): Promise<T> {
  const token = await page.evaluate<string>(`JSON.parse(sessionStorage.getItem("colloquy:access")).text`);
  const response = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: object[] };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
