import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prettyFactory } from "pino-pretty";
import { buildWeb } from "./build/web.ts";
import { findRunningStack } from "./demo/running-stack.ts";
import { chooseAddress } from "./dev/address.ts";
import { describeStack, paint } from "./dev/banner.ts";
import { DataInUse, lockDataDir } from "./local-stack/data-lock.ts";
import { createPrograms } from "./local-stack/programs.ts";
import { startStack } from "./local-stack/stack.ts";
import { whenAskedToStop } from "./local-stack/stop-request.ts";
import { watchSources } from "./local-stack/watch-sources.ts";

/** Tests have one of their own. */
const DATA_DIR = process.env["DEV_DATA_DIR"] || ".data";
/** Where other scripts find a running stack. */
const INFO_FILE = join(DATA_DIR, "dev.json");

process.chdir(join(import.meta.dirname, ".."));
process.exit(await run(whenAskedToStop()));

/** Runs everything on one machine until it is asked to stop. Returns the exit code. */
async function run(stop: AbortSignal): Promise<number> {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    if (existsSync(".env")) process.loadEnvFile(".env");
    undo.push(lockDataDir(DATA_DIR, "tools/dev.ts"));
    rmSync(INFO_FILE, { force: true });
    const address = await chooseAddress(process.env, say);

    say("Starting. The first time takes a little longer.");
    await buildPages();
    undo.push(watchSources(["web"], () => void buildPages("web/ has changed: reload the page")));
    const stack = await startStack({ dataDir: DATA_DIR, env: process.env, log: say, abort: stop });
    undo.push(stack.stop);

    const announce = once(() => {
      writeFileSync(INFO_FILE, JSON.stringify({ url: address.url, wsUrl: address.wsUrl, pid: process.pid }));
      undo.push(() => rmSync(INFO_FILE, { force: true }));
      console.log(describeStack(stack, address, DATA_DIR));
    });
    const programs = createPrograms({
      entries: { API: "src/main.ts", worker: "worker/main.ts" },
      folders: ["src", "worker"],
      env: { ...stack.env, PORT: String(address.port), APP_URL: process.env["APP_URL"] || address.origin },
      onLine: createPrinter(),
      say,
      onReady: announce,
    });
    undo.push(programs.stop);
    programs.start();
    await whenAborted(stop);
    return 0;
  } catch (error) {
    if (stop.aborted) return 0;
    if (error instanceof DataInUse) {
      say(await describeFirst(error.pid));
      return 0;
    }
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    if (stop.aborted) say("Stopping.");
    for (const step of undo.toReversed()) await step();
  }
}

/** A page that cannot be built does not keep the API from starting. */
async function buildPages(done?: string): Promise<void> {
  try {
    await buildWeb();
    if (done !== undefined) say(done);
  } catch (error) {
    say(`The pages of web/ could not be built: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What there is to know of the `npm run dev` that has the data of this checkout. */
async function describeFirst(pid: number): Promise<string> {
  const first = await findRunningStack(DATA_DIR);
  return first
    ? `\`npm run dev\` runs here already: ${first.url} (process ${pid}). To restart it, stop that one with Ctrl-C first.`
    : `\`npm run dev\` is just starting or stopping here (process ${pid}). Its own terminal says more.`;
}

/** Prints log lines for people; what is no log line goes out as it is. */
function createPrinter(): (line: string) => void {
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY,
    translateTime: "SYS:HH:MM:ss",
    ignore: "pid,hostname",
    singleLine: true,
  });
  return (line) => process.stdout.write(line.startsWith("{") ? pretty(line) : `${line}\n`);
}

function say(line: string): void {
  console.log(paint("cyan", line));
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function whenAborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { once: true });
    if (signal.aborted) resolve(undefined);
  });
}
