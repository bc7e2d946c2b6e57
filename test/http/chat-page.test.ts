import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Colloquy } from "../_support/colloquy.ts";
import { ask } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let origin: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  origin = `http://127.0.0.1:${colloquy.apis[0]?.port}`;
});
afterAll(() => colloquy?.close());

const open = (path: string) => ask(`${origin}${path}`, { headers: { accept: "text/html,*/*" } });

describe("the chat page over HTTP", () => {
  it.each([
    ["/", "./assets/"],
    ["/?checkout=success", "./assets/"],
    ["/settings", "./assets/"],
    ["/settings/plan", "../assets/"],
    ["/c/0199-no-room", "../assets/"],
  ])("is at %s, and finds its files from there", async (path, assets) => {
    const page = await open(path);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const links = [...page.text.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect(link.slice(0, assets.length)).toBe(assets);
      expect((await ask(new URL(link, `${origin}${path}`).href)).status).toBe(200);
    }
  });

  it("may do little: nothing inline, nothing from elsewhere, in no other page", async () => {
    const { headers, text } = await open("/");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    for (const directive of ["script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      expect(policy.split("; ")).toContain(directive);
    expect(policy).not.toMatch(/https?:|\*|unsafe/);
    expect(text).not.toMatch(/<style|<script>|style=|\son\w+="/);
  });

  it("has a document for somebody else's markup, in which nothing runs or is loaded", async () => {
    const { headers, text } = await open("/suggestions");
    const policy = (headers.get("content-security-policy") ?? "").split("; ");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy.filter((directive) => /script|connect|allow-scripts|https?:|\*/.test(directive))).toEqual([]);
    expect(text).not.toContain("<script");
  });

  it("says in development what a stranger may know, and in production nothing", async () => {
    expect((await open("/")).text).toContain('<meta name="colloquy" content="development" />');
    const api = await colloquy.startApi({
      NODE_ENV: "production",
      OTP_DELIVERY: "log",
    });
    const page = await ask(`http://127.0.0.1:${api.port}/`, { headers: { accept: "text/html" } });
    expect(page.text).toContain('<meta name="colloquy" content="" />');
  });

  it("leaves the paths of the API to programs", async () => {
    expect(JSON.parse((await ask(`${origin}/`)).text)).toMatchObject({ graphql: "/graphql" });
    expect((await ask(`${origin}/c/x`)).status).toBe(404);
    expect((await open("/health")).headers.get("content-type")).toContain("json");
    expect((await open("/elsewhere")).status).toBe(404);
  });
});
