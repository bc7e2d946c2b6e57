import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { testBehindProxy } from "../_support/behind-proxy.ts";
import { startProxy } from "../_support/proxy-process.ts";

const missing = spawnSync("caddy", ["version"]).error !== undefined;

// `apt-get install caddy` brings it.
describe.skipIf(missing)(`behind ops/Caddyfile${missing ? " (caddy is not installed here)" : ""}`, () => {
  testBehindProxy(async (ports) => {
    const ops = await readFile("ops/Caddyfile", "utf8");
    const site = ops.replace("127.0.0.1:4000", ports.map((port) => `127.0.0.1:${port}`).join(" "));
    return startProxy(async (dir, address) => {
      const config = join(dir, "Caddyfile");
      await writeFile(config, `{\n\tadmin off\n}\n${site.replace("chat.example.com", `http://${address}`)}`);
      return ["caddy", "run", "--config", config, "--adapter", "caddyfile"];
    });
  }, "3s");
});
