import { execFile } from "node:child_process";
import { expect, test } from "vitest";

const LOGGER = new URL("./logger.ts", import.meta.url).href;

/** @returns what a process writes that logs some lines, and then does something else */
const linesOf = (count: number, ending: string): Promise<string[]> =>
  new Promise((resolve) => {
    const program = `
      import { createLogger } from "${LOGGER}";
      const logger = createLogger({ level: "info", name: "test" });
      for (let at = 0; at < ${count}; at += 1) logger.info({ at }, "said");
      ${ending}`;
    const args = ["--import", "tsx", "--input-type=module", "-e", program];
    const child = execFile(process.execPath, args, { maxBuffer: 1e7 }, (_error, stdout) =>
      resolve(stdout.trimEnd().split("\n")),
    );
    child.stdout?.once("data", () => child.stdin?.end("heard"));
    child.stdin?.on("error", () => {});
  });

const positionsIn = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as { at: number }).at);

test.each([
  ["exits at once", "process.exit(1);"],
  ["ends by a fault", "throw new Error();"],
  ["has nothing left to do", ""],
])("all lines of a process are written that %s", async (_, ending) => {
  expect(positionsIn(await linesOf(40, ending))).toEqual(Array.from({ length: 40 }, (_each, at) => at));
});

test("more lines than are gathered at once come in their order", async () => {
  expect(positionsIn(await linesOf(2_000, ""))).toEqual(Array.from({ length: 2_000 }, (_each, at) => at));
});

test("a line is written soon, while the process lives on", async () => {
  const dieWhenHeard =
    'process.stdin.once("data", () => { logger.info({ at: 1 }, "said"); process.kill(process.pid, "SIGKILL"); });';
  expect(positionsIn(await linesOf(1, dieWhenHeard))).toEqual([0]);
});
