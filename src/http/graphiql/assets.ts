import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { createFetcher } from "./fetcher.ts";
import { createMemory } from "./memory.ts";
import { createReplyPanel } from "./reply-panel.ts";
import { startPage, type PageOptions } from "./start.ts";
import { PAGE_STYLE } from "./style.ts";
import { FILLED_BY, GRAPHIQL_TABS } from "./tabs.ts";
import { createTokens } from "./tokens.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A file of the page. Its name holds a hash of its content, so a browser may keep it for ever. */
export type Asset = { name: string; type: string; plain: Bytes; gzipped: Bytes };

/** Everything the page is made of: the HTML, and by name what it asks for in `?asset=<name>`. */
export type Assets = { html: string; files: ReadonlyMap<string, Asset> };

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28"><path fill="#d60590" d="M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4Z"/><g fill="#fff"><circle cx="10" cy="14" r="2.2"/><circle cx="16" cy="14" r="2.2"/><circle cx="22" cy="14" r="2.2"/></g></svg>`;
const SCRIPT = "text/javascript; charset=utf-8";
const compress = promisify(gzip);

/**
 * Reads GraphiQL and the page's own scripts and packs them: some 9 MB from the disk and half a second of work, on
 * another thread. So it is done when the page is first asked for, and once.
 */
export async function loadAssets(): Promise<Assets> {
  const graphiql = await import("@graphql-yoga/render-graphiql/graphiql");
  const graphqlWs = pathToFileURL(createRequire(import.meta.url).resolve("graphql-ws/package.json"));

  const [style, graphiqlScript, socketScript, editor, json, graphql] = await Promise.all([
    pack("style.css", "text/css; charset=utf-8", graphiql.css + PAGE_STYLE),
    pack("graphiql.js", SCRIPT, graphiql.js),
    pack("graphql-ws.js", SCRIPT, await readFile(new URL("umd/graphql-ws.min.js", graphqlWs), "utf8")),
    pack("editor-worker.js", SCRIPT, graphiql.editorWorkerService),
    pack("json-worker.js", SCRIPT, graphiql.jsonWorker),
    pack("graphql-worker.js", SCRIPT, graphiql.graphqlWorker),
  ]);
  const page = await pack(
    "page.js",
    SCRIPT,
    pageScript({
      tabs: GRAPHIQL_TABS,
      tabsVersion: hash(JSON.stringify(GRAPHIQL_TABS)),
      filledBy: FILLED_BY,
      title: "Colloquy",
      logo: LOGO,
      workers: { editorWorkerService: address(editor), json: address(json), graphql: address(graphql) },
    }),
  );

  const files = [style, graphiqlScript, socketScript, editor, json, graphql, page];
  return {
    html: pageHtml(style, [graphiqlScript, socketScript, page]),
    files: new Map(files.map((file) => [file.name, file])),
  };
}

async function pack(name: string, type: string, content: string): Promise<Asset> {
  const plain = new TextEncoder().encode(content);
  const gzipped = new Uint8Array(await compress(plain));
  const dot = name.lastIndexOf(".");
  return { name: `${name.slice(0, dot)}-${hash(plain)}${name.slice(dot)}`, type, plain, gzipped };
}

function hash(content: string | Bytes): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

/** Relative to the page, so that it holds behind any path. */
function address(asset: Asset): string {
  return `?asset=${asset.name}`;
}

/** The browser's part as one script: the functions' own text. `__name` is what esbuild wraps functions in (tsx). */
function pageScript(options: PageOptions): string {
  const parts = { createMemory, createTokens, createFetcher, createReplyPanel };
  return `"use strict";
(() => {
const __name = (value) => value;
${[...Object.values(parts), startPage].map(String).join("\n")}
startPage(globalThis, ${JSON.stringify(options)}, { ${Object.keys(parts).join(", ")} });
})();
`;
}

function pageHtml(style: Asset, scripts: readonly Asset[]): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Colloquy · GraphiQL</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(LOGO)}" />
    <link rel="stylesheet" href="${address(style)}" />
${scripts.map((script) => `    <script defer src="${address(script)}"></script>`).join("\n")}
  </head>
  <body>
    <div id="root"><p class="page-loading">Loading GraphiQL…</p></div>
    <noscript>GraphiQL needs JavaScript.</noscript>
  </body>
</html>
`;
}
