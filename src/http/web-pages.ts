import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { AppContext } from "../app-context.ts";
import { answerNotFound } from "./answer-visitor.ts";

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** The pages that `npm run build` makes of `web/`. */
export type WebPages = Readonly<{
  /** Answers with `<name>.html`. */
  page(name: string): Handle;
  /** Answers `/assets/<name>` with what a page loads. */
  asset: Handle;
  /** Sends a browser from `/graphql/` to `/graphql`: what a page loads stands beside it. */
  withoutSlash: Handle;
}>;

/** Beside a built program, or where `tools/build/web.ts` puts it when the API runs from its sources. */
const FOLDERS = ["../web", "../../dist/web"].map((path) => join(import.meta.dirname, path));

/** What a page may do: everything from its own origin. Monaco writes style attributes; its fonts are in the CSS. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "cache-control": "no-cache",
  "referrer-policy": "no-referrer",
};

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Serves the folder of the pages. It reads the disk for each request, so a rebuilt page is served at once. */
export function createWebPages({ logger }: AppContext): WebPages {
  const folder = FOLDERS.find((path) => existsSync(path)) ?? "";
  const answering =
    (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Handle =>
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        // The client has disconnected.
        if (response.headersSent) return void response.destroy();
        if (!isMissing(error)) logger.error({ err: error, url: request.url }, "a page could not be read");
        answerNotFound(request, response);
      });
    };
  return {
    page: (name) => answering((request, response) => sendPage(join(folder, `${name}.html`), request, response)),
    asset: answering((request, response) => sendAsset(join(folder, "assets"), request, response)),
    withoutSlash({ url = "" }, response) {
      const [path = "", query] = url.split("?");
      const name = path.split("/").at(-2) ?? "";
      response.writeHead(308, { location: `../${name}${query === undefined ? "" : `?${query}`}` }).end();
    },
  };
}

async function sendPage(path: string, { headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const html = await readFile(path);
  const etag = `"${createHash("sha256").update(html).digest("base64url")}"`;
  for (const [name, value] of Object.entries({ ...PAGE_HEADERS, etag })) response.setHeader(name, value);
  if (headers["if-none-match"]?.includes(etag)) response.writeHead(304).end();
  else response.writeHead(200, { "content-length": html.byteLength }).end(html);
}

async function sendAsset(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = request.url?.split("?")[0]?.slice("/assets/".length) ?? "";
  const type = TYPES[extname(name)];
  // One name of a file, so that nothing outside of the folder can be asked for.
  if (type === undefined || !/^[\w.-]{1,100}$/.test(name)) return answerNotFound(request, response);

  const gzipped = /\bgzip\b/.test(String(request.headers["accept-encoding"]));
  await using file = await open(join(folder, gzipped ? `${name}.gz` : name));
  const { size } = await file.stat();
  response.writeHead(200, {
    "content-type": type,
    "content-length": size,
    // The name holds a hash of the content.
    "cache-control": "public, max-age=31536000, immutable",
    vary: "accept-encoding, origin",
    ...(gzipped && { "content-encoding": "gzip" }),
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(file.createReadStream(), response);
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
