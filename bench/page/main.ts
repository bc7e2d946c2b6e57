import { cpSync } from "node:fs";
import { join } from "node:path";
import { openChat, signInAsTestUser } from "../../tools/browser/chat-page.ts";
import { launchChromium } from "../../tools/browser/chromium.ts";
import { buildWeb, WEB_DIR } from "../../tools/build/web.ts";
import { runBench, type Options } from "../_support/bench.ts";
import { FAKE_GEMINI, type Harness } from "../_support/harness.ts";
import { show } from "../_support/numbers.ts";
import { REPLIES, writeReply } from "./replies.ts";
import { writeReport, type MeasuredReply } from "./report.ts";
import { watchReply } from "./watch-reply.ts";

/** The model's pace, in milliseconds. */
const DELAY_MS = 20;

await runBench({
  folder: "page",
  section: "Page",
  packages: ["react", "@apollo/client", "marked", "playwright-core"],
  cases: REPLIES,
  usual: { full: { times: 3, seconds: 20 }, quick: { times: 1, seconds: 10 } },
  measure,
});

/** A reply is written within `seconds`, while a real Chromium shows it. */
async function measure(harness: Harness, { times, seconds, wants }: Options): Promise<string> {
  const { notify, abort, run, settings, dir } = harness;
  const gemini = await run("fake Gemini", FAKE_GEMINI);
  await buildWeb();
  cpSync(WEB_DIR, join(dir, "web"), { recursive: true });
  const own = { ...settings, GEMINI_BASE_URL: await gemini.call<string>("url") };
  const development = { NODE_ENV: "development", OTP_DELIVERY: "response" };
  const [api] = await Promise.all([
    run("API", "src/main.js", { ...own, ...development }),
    run("worker", "worker/main.js", own),
  ]);
  const browser = await launchChromium();
  const runs: MeasuredReply[] = [];
  try {
    const chat = await openChat(browser, `http://127.0.0.1:${api.port}`);
    await signInAsTestUser(chat);
    for (let round = 0; round < times; round += 1) {
      for (const kind of REPLIES.filter(wants)) {
        abort.throwIfAborted();
        await chat.page.goto(new URL("/", chat.page.url()).href);
        await gemini.call("write", {
          chunks: inChunks(writeReply(kind), (seconds * 1_000) / DELAY_MS),
          delayMs: DELAY_MS,
        });
        const measured = await watchReply(chat.page, `Write ${kind}`);
        notify(`${kind}: frames p50 ${show(measured.frame.p50)} ms, p95 ${show(measured.frame.p95)} ms`);
        runs.push({ kind, run: measured });
      }
    }
    return writeReport(runs);
  } finally {
    await browser.close();
  }
}

function inChunks(text: string, count: number): string[] {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}
