import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImports } from "../../tools/checks/imports/read-imports.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy();
  url = `http://127.0.0.1:${colloquy.apis[0]?.port}/graphql`;
});
afterAll(() => colloquy?.close());

describe("GraphiQL's page over HTTP", () => {
  it("is made of files from its own address only, and allows no others", async () => {
    const page = await openPage();
    const html = await page.text();
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");

    const links = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link = ""]) => link);
    expect(links).toHaveLength(3);
    for (const link of links) expect(link).toMatch(/^\.\/assets\/[\w-]+\.(js|css|svg)$/);

    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  it("is asked for again each time, and sent only if it is another one", async () => {
    const page = await openPage();
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const again = await openPage({ "if-none-match": page.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const head = await fetch(url, { method: "HEAD", headers: { accept: "text/html" } });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(String((await page.arrayBuffer()).byteLength));
  });

  it("is at the address without a slash, with the query that a link has", async () => {
    const link = await fetch(`${url}/?query=%7Bme%7D`, { headers: { accept: "text/html" } });
    expect([link.status, link.url]).toEqual([200, `${url}?query=%7Bme%7D`]);
    expect(link.headers.get("content-type")).toContain("text/html");
  });

  it("sends each file packed, typed and to be kept for ever", async () => {
    const files = await readFiles();
    expect(files.map(({ type }) => String(type)).toSorted()).toEqual([
      "image/svg+xml",
      "text/css; charset=utf-8",
      ...Array<string>(5).fill("text/javascript; charset=utf-8"),
    ]);
    for (const { encoding, caching, plain, body } of files) {
      expect([encoding, caching]).toEqual(["gzip", "public, max-age=31536000, immutable"]);
      expect(body === plain).toBe(true);
    }
  });

  it.each([
    "nothing.js",
    "..%2fgraphiql.html",
    "../graphiql.html",
    ".sources",
    "",
    "x.map",
    "graphiql.js.gz",
    "%00.js",
  ])("sends no other file: %s", async (name) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`GET /assets/${name} HTTP/1.1\r\nhost: ${new URL(url).host}\r\nconnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("has a script that stands on its own, and tells no secret", async () => {
    const page = (await readFiles()).find(({ body }) => body.includes("renderYogaGraphiQL(document"));
    expect(page?.type).toContain("javascript");
    expect(readImports("page.js", page?.body ?? "")).toEqual([]);
    expect(page?.body).not.toMatch(/a secret that only tests|test-key|eyJ/);
  });

  const openPage = (headers: Record<string, string> = {}) =>
    fetch(url, { headers: { accept: "text/html,*/*", ...headers } });

  /** Every file that the page names, and those that its script names. */
  async function readFiles() {
    const names = namesIn(await (await openPage()).text(), /assets\/([\w.-]+)/g);
    const first = await Promise.all(names.map(readFile));
    const script = first.find(({ name }) => name.endsWith(".js"))?.body ?? "";
    const more = namesIn(script, /["'`]([\w-]+-[\w-]{8}\.js)["'`]/g);
    return [...first, ...(await Promise.all(more.map(readFile)))];
  }

  async function readFile(name: string) {
    const [file, plain] = await Promise.all(
      ["gzip", "identity"].map((encoding) =>
        fetch(new URL(`/assets/${name}`, url), { headers: { "accept-encoding": encoding } }),
      ),
    );
    if (!file?.ok || !plain?.ok) throw new Error(`${name} is not there`);
    const [type, encoding, caching] = ["content-type", "content-encoding", "cache-control"].map((header) =>
      file.headers.get(header),
    );
    return { name, type, encoding, caching, body: await file.text(), plain: await plain.text() };
  }

  const namesIn = (source: string, pattern: RegExp) => [
    ...new Set([...source.matchAll(pattern)].map(([, name = ""]) => name)),
  ];
});
