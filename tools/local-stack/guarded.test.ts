import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startGuarded } from "./guarded.ts";

/** Connects to a port, says which signals it gets, and ends at none of them. */
const STUBBORN = `
  const socket = require("node:net").connect(Number(process.argv[1]));
  process.on("SIGTERM", () => socket.write("SIGTERM "));
  socket.write("here ");`;
/** Starts that one as it is told, and waits. */
const STARTER = `
  import { startGuarded } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "guarded.ts")).href)};
  await startGuarded(JSON.parse(process.argv[1]));`;

async function listen() {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const order = {
    name: "stubborn",
    command: process.execPath,
    args: ["-e", STUBBORN, String((server.address() as AddressInfo).port)],
    ending: [
      { signal: "SIGTERM", waitMs: 100 },
      { signal: "SIGTERM", waitMs: 100 },
    ] as const,
  };
  return { server, order };
}

test("a process ends with the one that has started it, also when that one is killed: kindly at first", async () => {
  const { server, order } = await listen();
  const starter = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", STARTER, JSON.stringify(order)],
    { stdio: "inherit" },
  );
  const [socket] = (await once(server, "connection")) as [Socket];
  starter.kill("SIGKILL");
  expect(await text(socket)).toBe("here SIGTERM SIGTERM ");
});

test("a process that is stopped is killed where asking does not help", async () => {
  const { server, order } = await listen();
  const stubborn = await startGuarded(order);
  const [socket] = (await once(server, "connection")) as [Socket];
  await once(socket, "readable");
  await stubborn.stop();
  expect(await stubborn.ended).toEqual({ code: null, signal: "SIGKILL" });
  expect(await text(socket)).toBe("here SIGTERM SIGTERM ");
  // Harmless now.
  stubborn.signal("SIGTERM");
  await stubborn.stop();
});

test("what cannot be started says so", async () => {
  await expect(startGuarded({ name: "nothing", command: "/no/such/program", args: [] })).rejects.toThrow(
    "nothing cannot be started: spawn /no/such/program ENOENT",
  );
});
