import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readModules } from "../../tools/checks/imports/read-modules.ts";
import { ENTRIES } from "../../tools/checks/imports/rooms.ts";

test("importing a module opens nothing", async () => {
  const modules = [...readModules(".").keys()].filter(
    (path) => /^(src|worker)\//.test(path) && !ENTRIES.includes(path),
  );
  expect(modules).toContain("src/app-context.ts");
  expect(await whatImportsOpen(modules)).toEqual({});
});

test("what a module opens is seen", async () => {
  const folder = await mkdtemp(join(tmpdir(), "imports-"));
  const samples = {
    "timer.mjs": `setInterval(() => {}, 1_000).unref();`,
    "server.mjs": `import net from "node:net"; net.createServer().listen(0, "127.0.0.1");`,
    "sound.mjs": `export const connect = () => setTimeout(() => {}, 1_000);`,
  };
  try {
    await Promise.all(Object.entries(samples).map(([name, source]) => writeFile(join(folder, name), source)));
    const opened = await whatImportsOpen(Object.keys(samples).map((name) => join(folder, name)));
    expect(opened).toEqual({
      [join(folder, "timer.mjs")]: ["Timeout"],
      [join(folder, "server.mjs")]: ["TCPSERVERWRAP"],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Of each module that opened something, what; in a fresh process, without the settings of this one. */
async function whatImportsOpen(modules: string[]): Promise<Record<string, string[]>> {
  const run = promisify(execFile)(process.execPath, ["--import", "tsx", "test/house/import-modules.ts", ...modules], {
    env: { PATH: process.env["PATH"] },
    timeout: 60_000,
  });
  return JSON.parse((await run).stdout) as Record<string, string[]>;
}
