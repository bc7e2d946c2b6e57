import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, expectTypeOf, onTestFinished, test } from "vitest";
import type * as own from "../../examples/resume/documents.ts";
import type * as generated from "../../tools/generated/graphql/graphql.ts";

/** What a stranger's project may say: a bundler's settings, and Node's own resolution. */
const PROJECTS = {
  bundler: { module: "ESNext", moduleResolution: "Bundler" },
  node: { module: "NodeNext", moduleResolution: "NodeNext" },
} as const;

const readme = readFileSync("examples/README.md", "utf8");
const filesIn = (text: string) => [...text.matchAll(/`([\w-]+\.ts)`/g)].map(([, name = ""]) => name);
const always = filesIn(/^Always these[^]*?(?=Then)/m.exec(readme)?.[0] ?? "");
/** A row of the README's table: client, its packages, its files. */
const clients = [...readme.matchAll(/^\| [^|]+ \| (`npm install [^`]+`) \| ([^|]+\.ts[^|]*) \|/gm)].map(
  ([, install = "", files = ""]) => ({
    packages: install.replaceAll("`", "").split(" ").slice(2),
    files: [...always, ...filesIn(files)],
  }),
);

test("the README has four clients", () => {
  expect(always.length).toBeGreaterThan(5);
  expect(clients).toHaveLength(4);
  const named = new Set(clients.flatMap(({ files }) => files));
  const there = readdirSync("examples/resume").filter((name) => !name.endsWith(".test.ts"));
  expect([...named].toSorted()).toEqual(there.toSorted());
});

test.each([{ packages: [], files: always }, ...clients])(
  "$files.length files compile in an empty project with $packages",
  { timeout: 120_000 },
  ({ packages, files }) => {
    for (const settings of Object.values(PROJECTS)) expect(compile(files, packages, settings)).toBe("");
  },
);

test("the types of the operations are those that the schema gives them", () => {
  expectTypeOf<own.WatchReplyData>().toEqualTypeOf<generated.WatchReplySubscription>();
  expectTypeOf<own.WatchReplyInPartsVariables>().toExtend<generated.WatchReplyInPartsSubscriptionVariables>();
  expectTypeOf<own.WatchRoomData>().toEqualTypeOf<generated.WatchRoomSubscription>();
  expectTypeOf<own.OpenRoomData>().toEqualTypeOf<generated.OpenRoomQuery>();
  expectTypeOf<own.RenewTokensData>().toEqualTypeOf<generated.RenewTokensMutation>();
  expectTypeOf<own.WatchReplyVariables>().toExtend<generated.WatchReplySubscriptionVariables>();
  expectTypeOf<own.WatchRoomVariables>().toExtend<generated.WatchRoomSubscriptionVariables>();
  expectTypeOf<own.OpenRoomVariables>().toExtend<generated.OpenRoomQueryVariables>();
  expectTypeOf<own.RenewTokensVariables>().toExtend<generated.RenewTokensMutationVariables>();
});

/** Copies the files into a new folder that has these packages, and compiles them as a browser's. @returns the faults */
function compile(files: readonly string[], packages: readonly string[], settings: object): string {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-stranger-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of files) copyFileSync(join("examples/resume", name), join(dir, name));
  for (const name of packages) {
    const link = join(dir, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve("node_modules", name), link);
  }
  const compilerOptions = {
    ...settings,
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(dir, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  try {
    return execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", dir], {
      encoding: "utf8",
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
