import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { ask } from "./post.ts";

/** A proxy in front of APIs. */
export type Proxy = Readonly<{ url: string; stop(): Promise<void> }>;

/**
 * Starts a proxy of the system, and waits until it passes requests on.
 *
 * @param configure writes its settings into a folder of its own, for the address that it is to listen on
 * @returns its command line
 */
export async function startProxy(
  configure: (dir: string, address: string) => Promise<readonly [command: string, ...args: string[]]>,
): Promise<Proxy> {
  const dir = await mkdtemp(join(tmpdir(), "colloquy-proxy-"));
  const address = `127.0.0.1:${await freePort()}`;
  const [command, ...args] = await configure(dir, address);
  const env = { ...process.env, HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
  const proxy = spawn(command, args, { stdio: "ignore", env });
  const ended = new Promise((resolve) => proxy.once("exit", resolve));
  const url = `http://${address}/graphql`;
  await vi.waitFor(() => ask(url), { timeout: 30_000 });
  return {
    url,
    async stop() {
      proxy.kill("SIGTERM");
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
