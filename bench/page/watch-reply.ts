import type { CDPSession, Page } from "playwright-core";
import { quantile } from "../_support/numbers.ts";

/** What a reply cost the page. Times are milliseconds; shares are of the time that the reply took. */
export type PageRun = Readonly<{
  /** Between two frames. */
  frame: Readonly<{ p50: number; p95: number; max: number }>;
  /** Of the last fifth of the reply, when all before it stands on the page. */
  lastP95: number;
  /** The longest frame in the second before the reply has ended, and the one after it. */
  endMax: number;
  /** The longest frame when the page is opened again with the whole reply. */
  openMax: number;
  script: number;
  layout: number;
  seconds: number;
}>;

const METRICS = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"] as const;

const AROUND_END_MS = 1_000;
const OPENING_MS = 3_000;

/** Keeps in `frames` when each frame was. */
const COUNT_FRAMES = `{
  window.frames = [performance.now()];
  const count = (now) => {
    window.frames.push(now);
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
}`;

/** Sends a message and counts frames until its reply has ended. */
export async function watchReply(page: Page, prompt: string): Promise<PageRun> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(prompt);
  await page.keyboard.press("Enter");
  await page.locator("[aria-busy]").getByText(/\w/).first().waitFor();
  const before = await readMetrics(session);
  await page.evaluate(COUNT_FRAMES);
  await page.locator("[aria-busy]").waitFor({ state: "detached", timeout: 120_000 });
  const after = await readMetrics(session);
  const ended = await page.evaluate<number>("performance.now()");
  await page.waitForTimeout(AROUND_END_MS);
  const times = await page.evaluate<number[]>("frames");
  await session.detach();
  const frames = times.slice(1).map((time, index) => ({ at: time, ms: time - (times[index] ?? time) }));
  const written = frames.filter(({ at }) => at <= ended);
  const seconds = (ended - (times[0] ?? 0)) / 1_000;
  const share = (...names: readonly (typeof METRICS)[number][]) =>
    names.reduce((sum, name) => sum + after[name] - before[name], 0) / seconds;
  const sorted = sort(written);
  return {
    frame: { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max: longest(frames) },
    lastP95: quantile(sort(written.filter(({ at }) => at >= ended - (seconds * 1_000) / 5)), 0.95),
    endMax: longest(frames.filter(({ at }) => at >= ended - AROUND_END_MS)),
    openMax: await openAgain(page),
    script: share("ScriptDuration"),
    layout: share("LayoutDuration", "RecalcStyleDuration"),
    seconds,
  };
}

/** @returns the longest frame until everything stands on the page, its code in colours */
async function openAgain(page: Page): Promise<number> {
  await page.reload({ waitUntil: "commit" });
  await page.evaluate(COUNT_FRAMES);
  await page.getByRole("article", { name: "The reply" }).waitFor();
  await page.waitForTimeout(OPENING_MS);
  const times = await page.evaluate<number[]>("frames");
  return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}

type Frame = Readonly<{ at: number; ms: number }>;
const sort = (frames: readonly Frame[]): number[] => frames.map(({ ms }) => ms).toSorted((a, b) => a - b);
const longest = (frames: readonly Frame[]): number => Math.max(0, ...frames.map(({ ms }) => ms));

async function readMetrics(session: CDPSession): Promise<Record<(typeof METRICS)[number], number>> {
  const { metrics } = await session.send("Performance.getMetrics");
  const valueOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return Object.fromEntries(METRICS.map((name) => [name, valueOf(name)])) as Record<(typeof METRICS)[number], number>;
}
