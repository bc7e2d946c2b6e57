import type { Plugin } from "graphql-yoga";
import { loadAssets, type Assets } from "./graphiql/assets.ts";

/** What the page may do: everything from its own origin. Monaco writes style attributes; its fonts are in the CSS. */
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

/**
 * A Yoga plugin that serves GraphiQL, with tabs that are ready to run, to a browser that opens the endpoint. It takes
 * the place of Yoga's own page: use it with `graphiql: false`, and leave it out where there is to be no page.
 *
 *     createYoga({ graphiql: false, plugins: [useGraphiqlPage({ endpoint: "/graphql" })] })
 *
 * The page's files come from the same address, as `/graphql?asset=<name>`, so no other route is needed; all of them
 * are read on the first request. Nothing is fetched from elsewhere.
 *
 * @param options.endpoint the path that the page answers on, as given to Yoga
 */
export function useGraphiqlPage({ endpoint }: { endpoint: string }): Plugin {
  let assets: Promise<Assets> | undefined;

  return {
    onRequest: async (event) => {
      const { request, url } = event;
      if (request.method !== "GET" || url.pathname.replace(/\/$/, "") !== endpoint) return;
      const name = url.searchParams.get("asset");
      const browser = request.headers.get("accept")?.includes("text/html") === true;
      if (name === null && !browser) return;

      const { html, files } = await (assets ??= loadAssets());
      const response = name === null ? { body: html, headers: PAGE_HEADERS } : readAsset(files, name, request);
      event.endResponse(
        response === null
          ? new event.fetchAPI.Response("No such file.\n", { status: 404 })
          : new event.fetchAPI.Response(response.body, { headers: response.headers }),
      );
    },
  };
}

function readAsset(files: Assets["files"], name: string, request: Request) {
  const asset = files.get(name);
  if (asset === undefined) return null;
  const gzipped = request.headers.get("accept-encoding")?.includes("gzip") === true;
  return {
    body: gzipped ? asset.gzipped : asset.plain,
    headers: {
      "content-type": asset.type,
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding, origin",
      "x-content-type-options": "nosniff",
      ...(gzipped && { "content-encoding": "gzip" }),
    },
  };
}

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "cache-control": "no-cache",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
