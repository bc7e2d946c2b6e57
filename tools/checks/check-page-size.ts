import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildWeb, WEB_DIR } from "../build/web.ts";
import { readImports } from "./imports/read-imports.ts";

/**
 * `npm run check:page-size`: what a browser loads before the chat page shows anything, in bytes as gzip packs them. What
 * is loaded later, by `import()`, does not count.
 */
const LIMITS = { script: 250_000, style: 12_000 };

await buildWeb();
const html = readFileSync(join(WEB_DIR, "chat.html"), "utf8");
const named = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, name = ""]) => name);
const sizes = {
  script: sizeOf(withImports(named(/src="\.\/assets\/([^"]+\.js)"/g))),
  style: sizeOf(new Set(named(/href="\.\/assets\/([^"]+\.css)"/g))),
};

for (const kind of ["script", "style"] as const) {
  const [size, limit] = [sizes[kind], LIMITS[kind]];
  console.log(`${kind}: ${size} bytes of ${limit}`);
  if (size === 0 || size > limit) {
    console.error(
      `The chat page's first ${kind} must have 1 to ${limit} bytes: load by import() what is seldom shown.`,
    );
    process.exitCode = 1;
  }
}

/** The modules and what they import, directly or not. */
function withImports(names: readonly string[]): ReadonlySet<string> {
  const found = new Set(names);
  // A set also goes through what is added meanwhile.
  for (const name of found)
    for (const { specifier } of readImports(name, readAsset(name)).filter(({ dynamic }) => !dynamic))
      found.add(specifier.replace("./", ""));
  return found;
}

function sizeOf(names: ReadonlySet<string>): number {
  return [...names].reduce((sum, name) => sum + gzipSync(readAsset(name), { level: 9 }).byteLength, 0);
}

function readAsset(name: string): string {
  return readFileSync(join(WEB_DIR, "assets", name), "utf8");
}
