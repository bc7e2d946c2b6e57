import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { prettyFactory } from "pino-pretty";
import { lockDataDir } from "./stack/data-lock.ts";
import { findFreePort, isPortFree } from "./stack/ports.ts";
import { createPrograms } from "./stack/programs.ts";
import { startStack, type Stack } from "./stack/stack.ts";
import { whenAskedToStop } from "./stack/stop-request.ts";

const DATA_DIR = ".data";
/** Where other scripts find a running stack. */
const INFO_FILE = join(DATA_DIR, "dev.json");
const DEFAULT_PORT = 4000;

process.chdir(join(import.meta.dirname, ".."));
process.exit(await run(whenAskedToStop()));

/** Runs everything on one machine until it is asked to stop. Returns the exit code. */
async function run(stop: AbortSignal): Promise<number> {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    if (existsSync(".env")) process.loadEnvFile(".env");
    undo.push(lockDataDir(DATA_DIR, "scripts/dev.ts"));
    rmSync(INFO_FILE, { force: true });
    const address = await chooseAddress();

    say("Starting. The first time takes a little longer.");
    const stack = await startStack({ dataDir: DATA_DIR, env: process.env, log: say, abort: stop });
    undo.push(stack.stop);

    const announce = once(() => {
      writeFileSync(INFO_FILE, JSON.stringify({ url: address.url, wsUrl: address.wsUrl, pid: process.pid }));
      undo.push(() => rmSync(INFO_FILE, { force: true }));
      console.log(describe(stack, address));
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
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    if (stop.aborted) say("Stopping.");
    for (const step of undo.toReversed()) await step();
  }
}

type Address = Readonly<{ port: number; origin: string; url: string; wsUrl: string }>;

async function chooseAddress(): Promise<Address> {
  const host = process.env["HOST"] || "127.0.0.1";
  const port = await choosePort(host, process.env["PORT"]);
  const authority = `${["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host}:${port}`;
  return {
    port,
    origin: `http://${authority}`,
    url: `http://${authority}/graphql`,
    wsUrl: `ws://${authority}/graphql`,
  };
}

async function choosePort(host: string, wanted: string | undefined): Promise<number> {
  if (wanted === "0") return findFreePort();
  let port = Number(wanted || DEFAULT_PORT);
  if (!Number.isInteger(port)) throw new Error(`PORT must be a number, not ${wanted}`);
  while (!(await isPortFree(port, host))) {
    if (wanted) throw new Error(`Another program listens on ${host}:${port}. Choose another PORT`);
    port += 1;
  }
  return port;
}

function describe({ env, own }: Stack, { url, wsUrl }: Address): string {
  const rows = [
    ["GraphiQL", url],
    ["WebSocket", wsUrl],
    ["SSE", `${url} with Accept: text/event-stream`],
    ["PostgreSQL", own.postgres ? env.DATABASE_URL : "the one at DATABASE_URL"],
    ["Redis", own.redis ? env.REDIS_URL : "the one at REDIS_URL"],
    ["Gemini", own.gemini ? "a local stand-in; put a GEMINI_API_KEY into .env for the real one" : "the real one"],
    ["Billing", process.env["STRIPE_SECRET_KEY"] ? "Stripe" : "nothing is sold; docs/BILLING.md says how to try it"],
  ];
  return [
    "",
    ...rows.map(([name = "", value = ""]) => `  ${paint("bold", name.padEnd(12))}${value}`),
    "",
    "  Next: open GraphiQL, or run `npm run demo` in another terminal.",
    `  Ctrl-C stops everything. The data stays in ${DATA_DIR}/.`,
    "",
  ].join("\n");
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

function paint(style: "bold" | "cyan", text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
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
