import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listModules } from "./module-tree.ts";
import { createPrograms, type Programs } from "./programs.ts";

const LIMIT = { timeout: 60_000, interval: 20 };

let dir: string;
let programs: Programs;
let said: string[];

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "colloquy-programs-")));
  said = [];
  write("shared", `export const shared = 1;`);
  write("types", `export type Shape = 1;`);
  write("front-only", `export const front = 1;`);
  write("lazy", `export const lazy = 1;`);
  writeProgram("front", `import "./shared.ts"; import { front } from "./front-only.ts"; void front;`);
  writeProgram(
    "back",
    `import type { Shape } from "./types.ts"; import "./shared.ts"; void ((): Promise<unknown> => import("./lazy.ts"));
     export const shape: Shape = 1;`,
  );
  programs = createPrograms({
    entries: { front: join(dir, "front.ts"), back: join(dir, "back.ts") },
    folders: [dir],
    env: {},
    onLine: (line) => void said.push(line),
    say: (line) => void said.push(line),
    onReady: () => void said.push("all ready"),
  });
});
afterEach(async () => {
  await programs.stop();
  rmSync(dir, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFileSync(join(dir, `${name}.ts`), text);
const writeProgram = (name: string, text: string) =>
  write(name, `${text}\nconsole.log(JSON.stringify({ msg: "${name} is ready" })); setInterval(() => {}, 1000);`);
const count = (text: string) => said.filter((line) => line.includes(text)).length;
const starts = () => [count('"front is ready"'), count('"back is ready"')];
const comeTo = (front: number, back: number) => vi.waitFor(() => expect(starts()).toEqual([front, back]), LIMIT);

test("a change restarts the programs that load what has changed, and no other", { timeout: 150_000 }, async () => {
  programs.start();
  await comeTo(1, 1);
  write("front-only", `export const front = 2;`);
  await comeTo(2, 1);
  write("lazy", `export const lazy = 2;`);
  await comeTo(2, 2);
  // Loaded by nobody: what comes next is what is heard of next.
  write("types", `export type Shape = 1 | 2;`);
  write("unused", `export const unused = 1;`);
  await vi.waitFor(() => expect(count("all ready")).toBe(3), LIMIT);
  write("shared", `export const shared = 2;`);
  await comeTo(3, 3);
  expect(count("restarting front and back")).toBe(1);
  expect(count("restarting")).toBe(3);
});

test("a program that cannot start is tried again with any change", { timeout: 150_000 }, async () => {
  programs.start();
  await comeTo(1, 1);
  writeProgram("front", `import "./gone.ts";`);
  await vi.waitFor(() => expect(count("front has ended")).toBe(1), LIMIT);
  write("gone", `export const back = 1;`);
  await comeTo(2, 1);
});

test("a program that is killed after it has come up starts again", { timeout: 150_000 }, async () => {
  write(
    "back",
    `import "./shared.ts"; console.log(JSON.stringify({ msg: "back is ready" }));
    console.log("back has pid " + process.pid); setInterval(() => {}, 1000);`,
  );
  programs.start();
  await comeTo(1, 1);
  const [, pid] = await vi.waitFor(() => /back has pid (\d+)/.exec(said.join()) ?? expect.fail(), LIMIT);
  process.kill(Number(pid), "SIGKILL");
  await comeTo(1, 2);
  expect(count("back has ended (SIGKILL). It starts again.")).toBe(1);
});

test("a program's modules are those that it loads, also what is missing or broken", () => {
  write("broken", `export const = ;`);
  writeProgram("front", `import "./broken.ts"; export * from "./gone.ts"; import type { Shape } from "./types.ts";`);
  expect([...listModules(join(dir, "front.ts"))]).toEqual(
    ["front", "broken", "gone"].map((name) => join(dir, `${name}.ts`)),
  );
});
