import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

type Lock = { packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }> };

describe.each(["package-lock.json", "bench/package-lock.json"])("%s", (file) => {
  const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;

  // npm leaves out what its registry does not have, and then `npm ci` refuses the file everywhere.
  test("it has the binaries of every platform", () => {
    expect(findMissing(lock)).toEqual([]);
  });

  test("it holds for every registry", () => {
    const bound = Object.entries(lock.packages).filter(([, { resolved }]) => /^https?:/.test(resolved ?? ""));
    expect(bound).toEqual([]);
  });
});

test("a binary that is left out is found", () => {
  const packages = {
    "node_modules/a": { optionalDependencies: { "@a/linux": "1.0.0", "@a/darwin": "1.0.0", shared: "1.0.0" } },
    "node_modules/a/node_modules/@a/linux": {},
    "node_modules/shared": {},
  };
  expect(findMissing({ packages })).toEqual(["@a/darwin of node_modules/a"]);
});

function findMissing({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !foldersAbove(path).some((folder) => posix.join(folder, "node_modules", name) in packages))
      .map((name) => `${name} of ${path}`),
  );
}

/** Where Node looks for what the package at `path` imports. */
function foldersAbove(path: string): string[] {
  return path === ""
    ? [""]
    : [path, ...foldersAbove(path.slice(0, Math.max(0, path.lastIndexOf("node_modules/") - 1)))];
}
