import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";

/** How long a page may take for a step on a busy machine, in milliseconds. */
const WAIT_MS = 30_000;

/** Where Chromium is: `CHROMIUM_PATH`, or Debian's place. @returns undefined when it is not there */
export function findChromium(): string | undefined {
  const path = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
  return existsSync(path) ? path : undefined;
}

/** For the name of a suite that is skipped. */
export const SKIPPED = "(skipped: no Chromium; set CHROMIUM_PATH)";

/** Starts a headless Chromium with a profile of its own. @throws {Error} when there is none */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("No Chromium: install it, or set CHROMIUM_PATH.");
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--no-first-run"];
  return chromium.launch({ executablePath, args });
}

/**
 * Notes what goes wrong or goes out: errors of the page, refusals of its policy, requests to another origin. Call it
 * before the page is opened.
 */
export function watchPage(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.setDefaultTimeout(WAIT_MS);
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      complaints.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    // Monaco and the page's icon also ask for data: addresses, which ask nobody.
    const address = new URL(request.url());
    if (address.protocol !== "data:" && address.origin !== origin) complaints.push(`request: ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    const ownOrigin = origin.replace(/^http/, "ws");
    if (new URL(socket.url()).origin !== ownOrigin) complaints.push(`socket: ${socket.url()}`);
  });
  return complaints;
}
