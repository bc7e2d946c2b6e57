import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestClient } from "../_support/client.ts";

const ROOT = join(import.meta.dirname, "../..");
const START_LIMIT_MS = 150_000;

let dataDir: string;
let first: Dev;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "colloquy-dev-"));
  first = startDev();
  await first.says("Ctrl-C stops everything");
}, START_LIMIT_MS);
afterAll(async () => {
  first?.stop();
  await first?.ended;
  rmSync(dataDir, { recursive: true, force: true });
}, START_LIMIT_MS);

test("npm run dev says where everything is, and that it is generous", () => {
  expect(first.output()).toMatch(/^ {2}GraphiQL +http:\/\/127\.0\.0\.1:\d+\/graphql$/m);
  expect(first.output()).toMatch(/^ {2}Browsers +pages that may call the API: those of localhost on any port$/m);
  expect(first.output()).toMatch(
    /^ {2}Limits +development: 1000 messages a day \(BASIC_DAILY_MESSAGES\), any number of codes/m,
  );
  expect(first.output()).not.toMatch(/warn/i);
});

test("a reply takes long enough to be watched, in many pieces", { timeout: START_LIMIT_MS }, async () => {
  const client = createTestClient(urlOf(first));
  await client.signIn();
  const { replyId } = await client.send(await client.createRoom(), "How are you?");
  const watch = client.watchReply(replyId);
  await watch.completed;
  await client.close();
  expect(watch.events.length).toBeGreaterThan(15);
});

test("a second one says where the first one runs, and ends", { timeout: START_LIMIT_MS }, async () => {
  const second = startDev();
  expect(await second.ended).toEqual([0, null]);
  expect(second.output()).toContain(`\`npm run dev\` runs here already: ${urlOf(first)} (process `);
  const answer = await fetch(urlOf(first), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"query":"{__typename}"}`,
  });
  expect(answer.status).toBe(200);
});

type Dev = ReturnType<typeof startDev>;

const urlOf = (dev: Dev) => /GraphiQL +(\S+)/.exec(dev.output())?.[1] ?? expect.fail("no address was said");

/** `npm run dev` with data of its own, beside what a developer may have running. */
function startDev() {
  const settings = { DEV_DATA_DIR: dataDir, PORT: "0", NODE_ENV: "development", GEMINI_API_KEY: "", NO_COLOR: "1" };
  const child = spawn(process.execPath, ["--import", "tsx", "tools/dev.ts"], {
    cwd: ROOT,
    env: { ...process.env, ...settings, DATABASE_URL: "", REDIS_URL: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      for (const listener of listeners) listener();
    });
  }
  const output = () => lines.join("\n");
  const ended = once(child, "close");
  return {
    ended,
    output,
    says: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => output().includes(text) && resolve();
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without "${text}":\n${output()}`)));
      }),
    stop: () => child.kill("SIGTERM"),
  };
}
