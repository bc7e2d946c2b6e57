import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { readModules } from "../../tools/checks/imports/read-modules.ts";

const OXLINT = resolve("node_modules/.bin/oxlint");

const ENV = "export const home = process.env.HOME;\n";
const IMPORTED_ENV = 'import { env } from "node:process";\nexport const home = env["HOME"];\n';
const CONSOLE = 'console.log("hello");\n';

test("only the entries and config.ts read the environment, and only entries write to the console", async () => {
  const found = await lint({
    "src/config.ts": ENV,
    "src/main.ts": ENV + CONSOLE,
    "worker/main.ts": ENV + CONSOLE,
    "tools/dev.ts": ENV + CONSOLE,
    "src/features/rooms/send-message.ts": ENV,
    "src/platform/redis/redis.ts": IMPORTED_ENV,
    "src/features/rooms/read-history.ts": CONSOLE,
    "worker/tasks/generate.ts": ENV + CONSOLE,
  });
  expect(found).toEqual([
    "src/features/rooms/read-history.ts eslint(no-console)",
    "src/features/rooms/send-message.ts node(no-process-env)",
    "src/platform/redis/redis.ts eslint(no-restricted-imports)",
    "worker/tasks/generate.ts eslint(no-console)",
    "worker/tasks/generate.ts node(no-process-env)",
  ]);
});

test("names, sizes and shapes of modules are held", async () => {
  const found = await lint({
    "src/features/rooms/sendMessage.ts": "export const one = 1;\n",
    "src/features/rooms/index.ts": 'export * from "./send-message.ts";\n',
    "src/features/rooms/send-message.ts": "export default 1;\n",
    "src/features/rooms/long.ts": Array.from(
      { length: 301 },
      (_, index) => `export const n${index} = ${index};\n`,
    ).join(""),
    "src/features/rooms/later.ts": ["// TO", "DO: write this\nexport const later = 1 as any;\n"].join(""),
  });
  expect(found).toEqual([
    "src/features/rooms/index.ts oxc(no-barrel-file)",
    "src/features/rooms/later.ts eslint(no-warning-comments)",
    "src/features/rooms/later.ts typescript(no-explicit-any)",
    "src/features/rooms/long.ts eslint(max-lines)",
    "src/features/rooms/send-message.ts import(no-default-export)",
    "src/features/rooms/sendMessage.ts unicorn(filename-case)",
  ]);
});

test("no type is forced through unknown, and nothing is called a manager, a service or a utility", () => {
  expect(
    findForced(new Map([["src/a-manager.ts", "class ChatService {}\nconst one = {} as unknown as number;"]])),
  ).toEqual([
    "src/a-manager.ts: a-manager.ts",
    "src/a-manager.ts: class ChatService",
    "src/a-manager.ts: as unknown as",
  ]);
  expect(findForced(readModules("."))).toEqual([]);
});

const FORBIDDEN_NAME = /[^/]*\b(manager|service|utils?|helpers?)\.ts$/;
const FORBIDDEN_CODE = /class \w*(Manager|Service|Utils?|Helpers?)\b|\bas\s+unknown\s+as\b/g;

function findForced(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, source]) =>
    [FORBIDDEN_NAME.exec(path)?.[0], ...[...source.matchAll(FORBIDDEN_CODE)].map(([match]) => match)]
      .filter((match) => match !== undefined)
      .map((match) => `${path}: ${match}`),
  );
}

type Report = { diagnostics: { filename: string; code: string }[] };

/** What oxlint, set up as it is here, has against the sources; without the rules that need types. */
async function lint(sources: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "lint-"));
  try {
    const config = await readFile(".oxlintrc.json", "utf8");
    const files = { ...sources, ".oxlintrc.json": config.replace('"typeAware": true', '"typeAware": false') };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const { diagnostics } = JSON.parse(await runOxlint(folder)) as Report;
    return diagnostics.map(({ filename, code }) => `${filename} ${code}`).toSorted();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Its report; that it exits with 1 is what these tests are about. */
function runOxlint(folder: string): Promise<string> {
  return new Promise((done, fail) => {
    execFile(OXLINT, ["--format=json", "--threads=1"], { cwd: folder, timeout: 60_000 }, (error, stdout) => {
      if (error && error.code !== 1) fail(new Error("oxlint did not run", { cause: error }));
      else done(stdout);
    });
  });
}
