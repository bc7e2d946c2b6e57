import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";

const API = "http://localhost:4000/graphql";

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy({ env: { NODE_ENV: "development", OTP_PER_IP: "", BASIC_DAILY_MESSAGES: "" } });
});
afterAll(() => colloquy.close());

/** The tour of the README, block by block, as it is pasted into a shell. */
function readTour(): string[] {
  const [, tour = ""] = /\n## A tour\n([^]*?)\n## /.exec(readFileSync("README.md", "utf8")) ?? [];
  return [...tour.matchAll(/```sh\n([^]*?)```/g)].map(([, block = ""]) => block);
}

test("the README's tour runs in the order it is printed, and shows live text", { timeout: 150_000 }, async () => {
  const blocks = readTour();
  expect(blocks.length).toBeGreaterThan(7);
  const url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
  const marked = blocks.map((block, index) => `echo "=== ${index}"\n${block}`).join("\n");
  const heard = join(mkdtempSync(join(tmpdir(), "colloquy-tour-")), "account");
  onTestFinished(() => rmSync(dirname(heard), { recursive: true }));
  const script = marked
    // Nobody pastes the next block before this one has shown something.
    .replace(/^(live .*accountChanged.*) &$/m, `$1 | tee ${heard} &`)
    .replace('echo "=== 8"', `until grep -q AccountSnapshot ${heard}; do sleep 0.1; done; echo "=== 8"`)
    .replace(API, url)
    .replace("node examples/watch.mjs", `URL=${url.replace("http", "ws")} node examples/watch.mjs`)
    .replace("chunks=300 delay=50", "chunks=60 delay=20");
  expect(script).not.toContain("localhost");
  const { stdout, stderr } = await runShell(script);

  const said = stdout.split(/^=== \d+$/m).slice(1);
  const outputOf = (words: string) => said[blocks.findIndex((block) => block.includes(words))] ?? expect.fail(words);
  const live = [...outputOf("Tell me a story").matchAll(/"text":"[^"]+","status":"STREAMING"/g)];
  expect(live.length).toBeGreaterThan(5);
  expect(outputOf("watch.mjs")).toMatch(/1-birch 2-cloud .*\nCOMPLETE \{/s);
  expect(outputOf("stopReply")).toContain('"status":"STOPPED"');
  expect(stdout).toContain(`"__typename":"AccountSnapshot"`);
  expect(outputOf("chatrooms(first: 5)")).toContain('"title":"First room"');
  expect(stdout).not.toContain('"errors"');
  expect(stderr).toBe("");
});

/** Runs lines in a shell, and ends what they leave in its background. */
async function runShell(script: string): Promise<{ stdout: string; stderr: string }> {
  // Without a terminal a shell has no jobs to kill by number.
  const shell = spawn("bash", ["-c", script.replace(/^kill %1 %2$/m, "kill $(jobs -p)")], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const output = { stdout: "", stderr: "" };
  shell.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  shell.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const closed = once(shell, "close");
  await once(shell, "exit");
  try {
    if (shell.pid !== undefined) process.kill(-shell.pid, "SIGTERM");
  } catch {
    // Nothing is left of it.
  }
  await closed;
  return output;
}

test("the settings for containers are written once, and what was set stays", async () => {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-compose-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const [, block = ""] = /```sh\n(\[ -e \.env \][^]*?)```/.exec(readFileSync("README.md", "utf8")) ?? [];
  const lines = `cd ${dir}\n${block.replaceAll(/^docker .*$/gm, "")}`;
  copyFileSync(".env.example", join(dir, ".env.example"));
  const read = () => readFileSync(join(dir, ".env"), "utf8");

  expect((await runShell(lines)).stderr).toBe("");
  const first = read();
  const written = parseEnv(first.slice(readFileSync(".env.example", "utf8").length));
  const compose = readFileSync("docker-compose.yml", "utf8");
  const needed = new Set([...compose.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name = ""]) => name));
  // Whose model answers is for the reader to choose, in the blocks after this one.
  expect(new Set([...Object.keys(written), "GEMINI_API_KEY"])).toEqual(needed);
  expect(written["JWT_SECRET"]?.length).toBeGreaterThan(32);
  expect(written["POSTGRES_PASSWORD"]).toMatch(/^[0-9a-f]{48}$/);
  await runShell(lines);
  expect(read()).toBe(first);

  writeFileSync(join(dir, ".env"), "GEMINI_API_KEY=mine\n");
  await runShell(lines);
  expect(parseEnv(read())).toMatchObject({ GEMINI_API_KEY: "mine", OTP_DELIVERY: "log" });
});
