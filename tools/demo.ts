import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask } from "./demo/ask.ts";
import { createDemoClient } from "./demo/client.ts";
import { startOwnStack } from "./demo/own-stack.ts";
import { startPrograms } from "./demo/programs.ts";
import { findRunningStack } from "./demo/running-stack.ts";
import { createScreen, type Screen } from "./demo/screen.ts";
import { whenAskedToStop } from "./local-stack/stop-request.ts";

const USAGE = `Asks one question and shows its live reply, on the stack that \`npm run dev\` has started, or else on one of its own
that goes with it.

  npm run demo
  npm run demo -- "my question"
  npm run demo -- --own              leaves a stack that is running alone
  GEMINI_API_KEY=... npm run demo    asks Gemini itself, and not the local fake`;
const QUESTION = "Hello! In a few sentences, with sources: how does a reply reach my screen word by word?";
/** What a shell expects of a program that a signal has ended. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

process.chdir(join(import.meta.dirname, ".."));
const order = readOrder();
if (order === undefined) console.log(USAGE);
else process.exit(await run(order));

type Order = Readonly<{ question: string; own: boolean }>;

/** @returns undefined when help is asked for, or needed */
function readOrder(): Order | undefined {
  try {
    const options = { own: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    return values.help ? undefined : { question: positionals.join(" ").trim() || QUESTION, own: values.own };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

/** @returns the exit code */
async function run({ question, own }: Order): Promise<number> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const screen = createScreen(process.stdout, process.stderr, process.env);
  let stopCode = 1;
  for (const [signal, code] of Object.entries(EXIT_CODES)) process.once(signal, () => (stopCode = code));
  const stop = whenAskedToStop();
  const started: (() => Promise<void>)[] = [];
  let exitCode = 0;
  try {
    const { urls, failed } = await findOrStart(own, screen, stop, started);
    const client = createDemoClient(urls);
    try {
      await Promise.race([ask(client, question, { screen, stop }), failed, whenAborted(stop)]);
    } finally {
      await client.close();
    }
  } catch (error) {
    exitCode = stop.aborted ? stopCode : 1;
    if (stop.aborted) screen.aside("Interrupted");
    else screen.failure(error instanceof Error ? error.message : String(error));
  }
  if (started.length > 0) await screen.step("stopping", stopAll(started), () => "Stopped all that was started");
  return exitCode;
}

async function findOrStart(own: boolean, screen: Screen, stop: AbortSignal, started: (() => Promise<void>)[]) {
  const urls = own ? undefined : await findRunningStack();
  if (urls) {
    screen.success(`Using the stack that \`npm run dev\` has started, at ${urls.url}`);
    return { urls, failed: new Promise<never>(() => {}) };
  }
  const starting = startOwnStack({ env: process.env, notify: screen.aside, abort: stop });
  const stack = await screen.step("starting PostgreSQL and Redis", starting, (ready) =>
    ready.own.redis ? "Started PostgreSQL and Redis" : "Started PostgreSQL, and took the Redis at REDIS_URL",
  );
  started.push(stack.stop);
  const programs = await screen.step(
    "starting the API and a worker",
    startPrograms(stack.env, stop),
    (ready) => `Started the API at ${ready.urls.url}, and a worker`,
  );
  started.push(programs.stop);
  return programs;
}

async function stopAll(started: readonly (() => Promise<void>)[]): Promise<void> {
  for (const stop of started.toReversed()) await stop();
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const tell = () => reject(new Error("asked to stop"));
    if (signal.aborted) tell();
    else signal.addEventListener("abort", tell, { once: true });
  });
}
