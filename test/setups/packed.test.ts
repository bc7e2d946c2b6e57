import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { Window } from "happy-dom";
import WebSocket from "ws";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { ChatClient } from "../../packages/client/src/create-chat-client.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { openDevice } from "../_support/accounts.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { startProxy } from "../_support/proxy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const PACKAGES = [
  "graphql",
  "graphql-ws",
  "@apollo/client",
  "rxjs",
  "@urql/core",
  "wonka",
  "ai",
  "@assistant-ui/core",
  "vue",
];
const TYPES = ["react", "@types/react", "@types/node", "undici-types", "csstype"];
const TSX = resolve("node_modules/tsx/dist/cli.mjs");
const EXAMPLES = readdirSync("examples/client").filter((name) => /\.tsx?$/.test(name));

let colloquy: Colloquy;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "colloquy-packed-"));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const built = join(dir, "built");
  execFileSync(process.execPath, [tsc, "-p", "packages/client/tsconfig.build.json", "--outDir", join(built, "dist")]);
  execFileSync(process.execPath, [TSX, "packages/client/minify-documents.ts", join(built, "dist")]);
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
  for (const name of readdirSync("examples/client")) cpSync(join("examples/client", name), join(dir, name));
  colloquy = await shareColloquy();
});
const pages: ChatClient[] = [];
afterEach(() => {
  for (const chat of pages.splice(0)) chat.close();
  vi.unstubAllGlobals();
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await colloquy?.close();
});

test.each(["Bundler", "NodeNext"])(
  "the examples compile against the packed package, resolved as %s",
  (moduleResolution) => {
    const compilerOptions = {
      module: moduleResolution === "Bundler" ? "ESNext" : moduleResolution,
      moduleResolution,
      target: "ES2022",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      types: [],
      jsx: "react-jsx",
      strict: true,
      noEmit: true,
      // What the package itself declares is checked once, in the stricter of the two.
      skipLibCheck: moduleResolution === "Bundler",
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

/** Runs a module beside the examples, bundled as a stranger's would be. */
async function run(name: string, contents: string): Promise<Record<string, unknown>> {
  const outfile = join(dir, `${name}.mjs`);
  const flags = ["OPTIONS_API", "PROD_DEVTOOLS", "PROD_HYDRATION_MISMATCH_DETAILS"];
  const define = Object.fromEntries(flags.map((flag) => [`__VUE_${flag}__`, "false"]));
  await build({ stdin: { contents, resolveDir: dir }, bundle: true, format: "esm", outfile, define });
  return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
}

/** A page with a room, of somebody who is signed in. */
async function openPage(body: string) {
  const { client, tokens } = await openDevice(colloquy);
  const room = await client.createRoom();
  const window = new Window({ url: `http://localhost/?url=${encodeURIComponent(client.url)}&room=${room}` });
  window.localStorage.setItem("colloquy:session", JSON.stringify({ refreshToken: tokens.refreshToken }));
  window.document.body.innerHTML = body;
  vi.stubGlobal("window", window);
  vi.stubGlobal("WebSocket", WebSocket);
  const { document, location, localStorage, FormData, Element, SVGElement, HTMLInputElement, Event } = window;
  for (const [name, value] of Object.entries({
    document,
    location,
    localStorage,
    FormData,
    Element,
    SVGElement,
    Event,
  }))
    vi.stubGlobal(name, value);
  vi.stubGlobal("HTMLInputElement", HTMLInputElement);
  return { window, document, client, room };
}

test("plain HTML shows a room, and sends to it", async () => {
  const html = readFileSync(join(dir, "plain.html"), "utf8");
  const [, script = ""] = /<script type="module">([^]*)<\/script>/.exec(html) ?? [];
  const { document, window } = await openPage(html.replace(/<script[^]*?<\/script>/g, ""));
  const { chat, room } = await run("plain", `${script}\nexport { chat, room };`);
  pages.push(chat as ChatClient);
  const send = vi.spyOn(room as ReturnType<ChatClient["watchRoom"]>, "send");
  colloquy.gemini.onPrompt("from plain HTML", [{ text: "To plain HTML." }]);
  (document.querySelector("input") ?? fail()).value = "from plain HTML";
  (document.querySelector("form") ?? fail()).dispatchEvent(new window.Event("submit", { cancelable: true }));
  await vi.waitFor(
    () => expect(document.querySelector("#messages")?.textContent).toBe("from plain HTMLTo plain HTML."),
    WAIT,
  );
  // Its answer may come after the reply, and the page would show it.
  expect(await send.mock.results[0]?.value).toBe(true);
});

test("Vue shows a room, and sends to it", async () => {
  const { document, window, client, room } = await openPage(`<div id="app"></div>`);
  const { show } = await run("vue-app", `export { show } from "./vue.ts";`);
  pages.push((show as (url: string, id: string, target: string) => ChatClient)(client.url, room, "#app"));
  await vi.waitFor(() => expect(document.querySelector("h1")?.textContent).toBe("A room"), WAIT);
  colloquy.gemini.onPrompt("from Vue", [{ text: "To Vue." }]);
  const input = document.querySelector("input") ?? fail();
  input.value = "from Vue";
  input.dispatchEvent(new window.Event("change"));
  const texts = () => Array.from(document.querySelectorAll("p"), ({ textContent }) => textContent);
  await vi.waitFor(() => expect(texts()).toEqual(["from Vue", "To Vue."]), WAIT);
});

test("graphql-ws alone follows a reply over a lost connection", async () => {
  vi.stubGlobal("WebSocket", WebSocket);
  const client = await colloquy.signIn();
  const proxy = await startProxy(colloquy.apis[0]!.port);
  const gate = createGate();
  colloquy.gemini.onPrompt("a question", [{ text: "Half. " }, { waitFor: gate }, { text: "Whole." }]);
  const { replyId } = await client.send(await client.createRoom(), "a question");
  const { follow } = await run("graphql-ws-alone", `export { follow } from "./graphql-ws.ts";`);
  const shown: string[] = [];
  const following = (follow as Follow)(
    `ws://127.0.0.1:${proxy.port}/graphql`,
    () => Promise.resolve(client.token()),
    replyId,
    (text) => {
      shown.push(text);
      if (text !== "Half. " || proxy.counts.accepted > 1) return;
      proxy.cut();
      gate.open();
    },
  );
  await following;
  expect(shown.at(-1)).toBe("Half. Whole.");
  expect(shown.every((text) => "Half. Whole.".startsWith(text))).toBe(true);
  expect(proxy.counts.accepted).toBe(2);
  await proxy.close();
});

type Follow = (
  url: string,
  token: () => Promise<string>,
  messageId: string,
  show: (text: string) => void,
) => Promise<void>;
const WAIT = { timeout: 30_000 };
const fail = (): never => {
  throw new Error("The page does not have it");
};

test("its documents have no spaces to spare", () => {
  const code = readFileSync(join(dir, "node_modules/@colloquy/client/dist/room/room-documents.js"), "utf8");
  expect(code).toContain("fragment ChatMessage on Message{id role status");
  expect(code).not.toMatch(/\n\s+id\b/);
});
