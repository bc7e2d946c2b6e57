import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startColloquy, type Colloquy } from "./_support/colloquy.ts";

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

test("the README's tour runs in the order it is printed, and shows live text", { timeout: 90_000 }, async () => {
  const blocks = readTour();
  expect(blocks.length).toBeGreaterThan(7);
  const url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
  const marked = blocks.map((block, index) => `echo "=== ${index}"\n${block}`).join("\n");
  const script = marked
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
  if (shell.pid !== undefined) process.kill(-shell.pid, "SIGTERM");
  await closed;
  return output;
}
