import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const PACKAGES = ["graphql", "graphql-ws", "@apollo/client", "rxjs", "@urql/core", "wonka", "ai", "@assistant-ui/core"];
const TYPES = ["react", "@types/react", "@types/node", "undici-types", "csstype"];
const EXAMPLES = readdirSync("examples/client");

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "colloquy-packed-"));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const built = join(dir, "built");
  execFileSync(process.execPath, [tsc, "-p", "packages/client/tsconfig.build.json", "--outDir", join(built, "dist")]);
  for (const name of ["package.json", "README.md", "PROTOCOL.md"]) cpSync(`packages/client/${name}`, join(built, name));
  const listed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: built,
    encoding: "utf8",
  });
  const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
  for (const { path } of files) {
    const target = join(dir, "node_modules/@colloquy/client", path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(built, path), target);
  }
  for (const name of [...PACKAGES, ...TYPES]) {
    const link = join(dir, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve("node_modules", name), link);
  }
  writeFileSync(join(dir, "package.json"), `{ "type": "module" }`);
  // Of assistant-ui's 200 packages this one has all that the client and its example take.
  const react = join(dir, "node_modules/@assistant-ui/react");
  mkdirSync(react);
  writeFileSync(join(react, "package.json"), `{ "type": "module", "exports": "./index.d.ts" }`);
  writeFileSync(join(react, "index.d.ts"), `export { AssistantRuntimeProvider } from "@assistant-ui/core/react";`);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test.each(["Bundler", "NodeNext"])(
  "the examples compile against the packed package, resolved as %s",
  (moduleResolution) => {
    for (const name of EXAMPLES) cpSync(join("examples/client", name), join(dir, name));
    const compilerOptions = {
      module: moduleResolution === "Bundler" ? "ESNext" : moduleResolution,
      moduleResolution,
      target: "ES2022",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      types: [],
      jsx: "react-jsx",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: EXAMPLES }));
    let faults = "";
    try {
      execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", dir], { encoding: "utf8" });
    } catch (error) {
      faults = (error as { stdout: string }).stdout;
    }
    // The faults of other packages' own types are not ours.
    expect(faults.split("\n").filter((line) => !/^node_modules\/(?!@colloquy)|^ |^$/.test(line))).toEqual([]);
  },
);

test("the packed core is small, without graphql-ws", async () => {
  const { build } = await import("esbuild");
  const { gzipSync } = await import("node:zlib");
  const { outputFiles } = await build({
    stdin: { contents: `export { createChatClient, createCookieTokens } from "@colloquy/client";`, resolveDir: dir },
    bundle: true,
    minify: true,
    format: "esm",
    external: ["graphql-ws"],
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents).length;
  expect(bytes).toBeLessThan(12_000);
});
