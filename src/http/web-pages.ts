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
  /** Answers with GraphiQL. */
  graphiql(): Handle;
  /** Answers with the chat page, at whichever depth its path is. */
  chat(): Handle;
  /** Answers with the document that the chat page puts search suggestions into. */
  suggestions(): Handle;
  /** Answers `/assets/<name>` with what a page loads. */
  asset: Handle;
  /** Sends a browser from `/graphql/` to `/graphql`: what a page loads stands beside it. */
  withoutSlash: Handle;
}>;

/** Beside a built program, or where `tools/build/web.ts` puts it when the API runs from its sources. */
const FOLDERS = ["../web", "../../dist/web"].map((path) => join(import.meta.dirname, path));

const NOTHING = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"];
/** What any page may do: everything from its own origin. */
const POLICY = [
  ...NOTHING,
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
];
/** The chat page has its styles in files, and nothing writes HTML (`require-trusted-types-for`). */
const CHAT_POLICY = [
  ...POLICY,
  "style-src 'self'",
  "frame-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types colloquy",
];
/** Somebody else's markup and its styles: no script, nothing that is loaded. Links open pages that are free of this. */
const SUGGESTIONS_POLICY = [
  ...NOTHING,
  "style-src 'unsafe-inline'",
  "img-src data:",
  "frame-ancestors 'self'",
  "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
];
/** Monaco writes style attributes; its fonts are in the CSS. */
const GRAPHIQL_POLICY = [...POLICY, "style-src 'self' 'unsafe-inline'", "font-src data:", "worker-src 'self'"];

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-cache",
  "referrer-policy": "no-referrer",
};

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Serves the folder of the pages. It reads the disk for each request, so a rebuilt page is served at once. */
export function createWebPages({ config, logger }: AppContext): WebPages {
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
  const asItIs = (name: string, policy: readonly string[]): Handle =>
    answering(async (request, response) =>
      sendPage({ html: await readFile(join(folder, name)), policy }, request, response),
    );
  return {
    graphiql: () => asItIs("graphiql.html", GRAPHIQL_POLICY),
    suggestions: () => asItIs("suggestions.html", SUGGESTIONS_POLICY),
    chat: () =>
      answering(async (request, response) => {
        const html = await readFile(join(folder, "chat.html"), "utf8");
        const page = fitChatPage(html, { path: request.url ?? "", facts: factsOf(config) });
        sendPage({ html: Buffer.from(page), policy: CHAT_POLICY }, request, response);
      }),
    asset: answering((request, response) => sendAsset(join(folder, "assets"), request, response)),
    withoutSlash({ url = "" }, response) {
      const [path = "", query] = url.split("?");
      const name = path.split("/").at(-2) ?? "";
      response.writeHead(308, { location: `../${name}${query === undefined ? "" : `?${query}`}` }).end();
    },
  };
}

/** What the chat page must know before it asks anything, as words. */
const factsOf = ({ production, otp, stripe }: AppContext["config"]): string[] => [
  ...(production || otp.delivery !== "response" ? [] : ["development"]),
  ...(stripe ? ["billing"] : []),
];

/** Leads the page's relative addresses up from where it is opened, and puts the facts into it. */
function fitChatPage(html: string, { path, facts }: { path: string; facts: readonly string[] }): string {
  const depth = (path.split("?")[0] ?? "").split("/").length - 2;
  return html
    .replaceAll(/(?<=\b(?:src|href)=")\.\/(?=assets\/)/g, depth > 0 ? "../".repeat(depth) : "./")
    .replace("</title>", `</title>\n    <meta name="colloquy" content="${facts.join(" ")}" />`);
}

type Page = Readonly<{ html: Buffer; policy: readonly string[] }>;

function sendPage({ html, policy }: Page, { headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader("content-security-policy", policy.join("; "));
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
