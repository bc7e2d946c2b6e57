import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../config.ts";
import { listen } from "./listen.ts";

function open() {
  const server = createServer();
  onTestFinished(() => void server.close());
  return server;
}

test("a port that is taken is said by the setting to change", async () => {
  const host = "127.0.0.1";
  const port = await listen(open(), { port: 0, host, portSetting: "PORT" });
  const second = listen(open(), { port, host, portSetting: "WORKER_HEALTH_PORT" });
  await expect(second).rejects.toThrow(ConfigError);
  await expect(second).rejects.toThrow(`WORKER_HEALTH_PORT: another program listens on 127.0.0.1:${port} already`);
});

test("so is an address that this machine does not have", async () => {
  const address = { port: 0, host: "192.0.2.1", portSetting: "PORT", hostSetting: "HOST" };
  await expect(listen(open(), address)).rejects.toThrow("HOST: this machine has no address 192.0.2.1");
});
