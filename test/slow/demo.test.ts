import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { fakeReply } from "../../tools/fakes/gemini/answers.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUN_LIMIT_MS = 150_000;
const GONE_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 50;

let kills: (() => void)[] = [];
afterEach(() => {
  for (const kill of kills) kill();
  kills = [];
});

// Processes are looked up in /proc.
describe.runIf(process.platform === "linux")("npm run demo", () => {
  test.each([
    [
      "its own question",
      [] as string[],
      "Hello! In a few sentences, with sources: how does a reply reach my screen word by word?",
      3,
    ],
    ["the question it is given", ["a haiku,", "please"], "a haiku, please", 0],
  ])(
    "shows the live reply to %s, with a thought and its sources, and stops what it started",
    async (_, words, question, sources) => {
      const demo = startDemo(words);
      await demo.says("Signed in as +1");
      const family = listFamily(demo.pid);
      expect(await demo.ended).toEqual({ code: 0, signal: null });

      expect(demo.output()).toContain(`\n> ${question}\n`);
      const reply = fakeReply({ prompt: question });
      expect(demo.output().split(reply)).toHaveLength(2);
      expect(demo.output()).toMatch(/\n {2}thought: \S+/);
      expect(demo.output().match(/\n {2}source: .+, https:\/\//g) ?? []).toHaveLength(sources);
      // Each read of the pipe that brought a part of the reply, and not all of it.
      const pieces = demo.pieces().filter((piece) => piece.trim() !== "" && reply.includes(piece));
      expect(pieces.length).toBeGreaterThan(5);
      expect(demo.output()).toMatch(
        /\n✓ COMPLETE · tokens: [1-9]\d* in, [1-9]\d* out · first token after .+s · all \d+ pieces after .+s\n/,
      );
      expect(demo.output()).toContain("GEMINI_API_KEY=… npm run demo\n");
      expect(demo.faults()).toBe("");
      expectServers(family);
      expect(await leftBehind(demo, family)).toEqual([]);
    },
    RUN_LIMIT_MS,
  );

  test(
    "Ctrl-C in mid-reply stops all that was started, and is not taken for success",
    async () => {
      const demo = startDemo(["[[fake: chunks=400 delay=50]]"]);
      await demo.says("1-birch 2-cloud");
      const family = listFamily(demo.pid);
      expectServers(family);
      process.kill(demoOf(family).pid, "SIGINT");
      expect(await demo.ended).toEqual({ code: 130, signal: null });
      expect(demo.output()).toMatch(/\n {2}Interrupted\n✓ Stopped all that was started .+s\n$/);
      expect(demo.faults()).toBe("");
      expect(await leftBehind(demo, family)).toEqual([]);
    },
    RUN_LIMIT_MS,
  );

  test.each([
    ["npm", npmOf],
    ["the demo", demoOf],
  ])(
    "when %s is killed in mid-start nothing is left behind",
    async (_, choose) => {
      const demo = startDemo([]);
      await demo.says("Started PostgreSQL");
      const family = listFamily(demo.pid);
      expectServers(family);
      process.kill(choose(family).pid, "SIGKILL");
      await demo.ended;
      expect(demo.output()).not.toContain("COMPLETE");
      expect(await leftBehind(demo, family)).toEqual([]);
    },
    RUN_LIMIT_MS,
  );
});

test("an option that it does not know is a fault, with the ways to use it", async () => {
  const demo = startDemo(["--loud"]);
  expect(await demo.ended).toEqual({ code: 1, signal: null });
  expect(demo.faults()).toContain("--loud");
  expect(demo.faults()).not.toContain("    at ");
  expect(demo.output()).toContain("npm run demo -- ");
});

type Demo = ReturnType<typeof startDemo>;

/** `npm run demo`, beside a stack that a developer may have running. */
function startDemo(words: readonly string[]) {
  const mark = `colloquy-demo-test-${randomUUID()}`;
  const env = { ...process.env, GEMINI_API_KEY: "", FAKE_CHUNK_DELAY_MS: "20", COLLOQUY_TEST_MARK: mark };
  const npm = spawn("npm", ["run", "--silent", "demo", "--", "--own", ...words], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  // The demo notices, and ends with it.
  kills.push(() => npm.kill("SIGKILL"));
  const pieces: string[] = [];
  const faults: string[] = [];
  npm.stdout.setEncoding("utf8").on("data", (piece: string) => pieces.push(piece));
  npm.stderr.setEncoding("utf8").on("data", (piece: string) => faults.push(piece));
  const ended = once(npm, "close").then(([code, signal]: unknown[]) => ({ code, signal }));

  return {
    pid: npm.pid!,
    mark,
    ended,
    pieces: () => pieces,
    output: () => pieces.join(""),
    /** Without what npm says of the machine's own settings. */
    faults: () => faults.join("").replaceAll(/^npm warn .*\n/gm, ""),
    async says(text: string) {
      const tooEarly = ended.then(() => {
        throw new Error(`It ended without saying so:\n${pieces.join("")}${faults.join("")}`);
      });
      tooEarly.catch(() => {});
      while (!pieces.join("").includes(text)) await Promise.race([once(npm.stdout, "data"), tooEarly]);
    },
  };
}

type Relative = Readonly<{
  pid: number;
  parent: number;
  startedAt: string;
  name: string;
  command: string;
  marks: string;
}>;

/** A process and all its descendants, that one first. */
function listFamily(pid: number): Relative[] {
  const all = listProcesses();
  const family = all.filter((each) => each.pid === pid);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

const npmOf = ([npm]: readonly Relative[]): Relative => npm!;
const demoOf = (family: readonly Relative[]): Relative =>
  family.find(({ command }) => /^\S*node .*tools\/demo\.ts/.test(command))!;

function expectServers(family: readonly Relative[]): void {
  const names = family.map(({ name }) => name);
  expect(names).toContain("postgres");
  expect(names.some((name) => name === "redis-server" || name === "valkey-server")).toBe(true);
}

/**
 * Waits until the demo's processes are gone: those that were seen, and those that carry its mark. PostgreSQL and Redis
 * write over their environment, so the mark alone would not do.
 *
 * @returns the commands of those that stay
 */
async function leftBehind(demo: Demo, seen: readonly Relative[]): Promise<string[]> {
  const giveUpAt = Date.now() + GONE_LIMIT_MS;
  const known = new Set(seen.map(({ pid, startedAt }) => `${pid} ${startedAt}`));
  for (;;) {
    const left = listProcesses().filter(
      ({ pid, startedAt, marks }) => known.has(`${pid} ${startedAt}`) || marks.includes(demo.mark),
    );
    if (left.length === 0 || Date.now() > giveUpAt) return left.map(({ command }) => command);
    await delay(LOOK_AGAIN_MS);
  }
}

/** Every process that runs; one that has ended and only waits to be collected does not. */
function listProcesses(): Relative[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const read = (file: string) => readFileSync(`/proc/${name}/${file}`, "utf8");
        // proc(5): pid (comm) state ppid … starttime is the 22nd field.
        const [, comm = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(read("stat")) ?? [];
        const fields = rest.split(" ");
        if (fields[0] === "Z") return [];
        const command = read("cmdline").replaceAll("\0", " ").trim();
        return [
          {
            pid: Number(name),
            parent: Number(fields[1]),
            startedAt: fields[19] ?? "",
            name: comm,
            command,
            marks: readMarks(name),
          },
        ];
      } catch {
        return [];
      }
    });
}

function readMarks(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
