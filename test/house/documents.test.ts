import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const PAGES = ["docs/ARCHITECTURE.md", "docs/DELIVERY.md", "docs/REPLIES.md", "docs/OPERATIONS.md"];

describe.each(["README.md", "docs/FRONT-ENDS.md", "docs/DECISIONS.md", ...PAGES])("%s", (file) => {
  const text = read(file);

  test("every path in it leads somewhere", () => {
    const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, words]) => words ?? "");
    const paths = code.filter((words) => /^(src|worker|tools|test|prisma|docs|bench|examples)\/[\w./-]+$/.test(words));
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => join(file, "..", path ?? ""));
    expect(paths.length + links.length).toBeGreaterThan(1);
    expect([...paths, ...links].filter((path) => !leadsSomewhere(path))).toEqual([]);
  });

  test("every script in it is one of package.json's", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? "");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

function leadsSomewhere(link: string): boolean {
  const [path = "", anchor] = link.split("#");
  if (!existsSync(join(ROOT, path))) return false;
  const titles = anchor === undefined ? [] : [...read(path).matchAll(/^##+ (.+)$/gm)].map(([, title = ""]) => title);
  return anchor === undefined || titles.some((title) => title.toLowerCase().replaceAll(" ", "-") === anchor);
}

test.each(PAGES)("every constant named in %s is one of the code's", (file) => {
  const files = ["src", "worker"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  const sources = files.filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts")).map(read);
  const known = new Set(
    [...sources, read(".env.example")].flatMap((text) => text.match(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g) ?? []),
  );
  const named = [...read(file).matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g)].map(([, name]) => name ?? "");
  expect(named.length).toBeGreaterThan(3);
  // The worked examples add one.
  expect(named.filter((name) => !known.has(name) && name !== "NOTE_CHANGED")).toEqual([]);
});

test("the settings named in the README are those of .env.example", () => {
  const known = new Set([...read(".env.example").matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name ?? ""));
  const table = /## Settings\n([^]*?)\n## /.exec(read("README.md"))?.[1] ?? "";
  const cells = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell ?? "");
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ""));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test("what the README says in JavaScript parses", () => {
  const blocks = [...read("README.md").matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code ?? "");
  expect(blocks.length).toBeGreaterThan(0);
  for (const code of blocks) execFileSync(process.execPath, ["--input-type=module", "--check", "-"], { input: code });
});
