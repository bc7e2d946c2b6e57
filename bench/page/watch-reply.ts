import type { CDPSession, Page } from "playwright-core";
import { quantile } from "../_support/numbers.ts";

/** What a reply cost the page. Times are milliseconds; shares are of the time that the reply took. */
export type PageRun = Readonly<{
  /** Between two frames. */
  frame: Readonly<{ p50: number; p95: number; max: number }>;
  /** Of the last fifth of the reply, when all before it stands on the page. */
  lastP95: number;
  script: number;
  layout: number;
  seconds: number;
}>;

const METRICS = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"] as const;

/** Sends a message and counts frames until its reply has ended. */
export async function watchReply(page: Page, prompt: string): Promise<PageRun> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.getByRole("textbox", { name: "Message", exact: true }).fill(prompt);
  await page.keyboard.press("Enter");
  await page.locator("[aria-busy]").getByText(/\w/).first().waitFor();
  const before = await readMetrics(session);
  await page.evaluate(`{
    window.frames = [performance.now()];
    const count = (now) => {
      window.frames.push(now);
      window.counting = requestAnimationFrame(count);
    };
    window.counting = requestAnimationFrame(count);
  }`);
  await page.locator("[aria-busy]").waitFor({ state: "detached", timeout: 120_000 });
  const times = await page.evaluate<number[]>("cancelAnimationFrame(window.counting), window.frames");
  const after = await readMetrics(session);
  await session.detach();
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  const share = (...names: readonly (typeof METRICS)[number][]) =>
    names.reduce((sum, name) => sum + after[name] - before[name], 0) / seconds;
  const sorted = gaps.toSorted((a, b) => a - b);
  const lastFrom = (times.at(-1) ?? 0) - (seconds * 1_000) / 5;
  const last = gaps.filter((_, index) => (times[index] ?? 0) >= lastFrom).toSorted((a, b) => a - b);
  return {
    frame: { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max: sorted.at(-1) ?? 0 },
    lastP95: quantile(last, 0.95),
    script: share("ScriptDuration"),
    layout: share("LayoutDuration", "RecalcStyleDuration"),
    seconds,
  };
}

async function readMetrics(session: CDPSession): Promise<Record<(typeof METRICS)[number], number>> {
  const { metrics } = await session.send("Performance.getMetrics");
  const valueOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return Object.fromEntries(METRICS.map((name) => [name, valueOf(name)])) as Record<(typeof METRICS)[number], number>;
}
