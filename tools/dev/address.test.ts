import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { findFreePort } from "../local-stack/ports.ts";
import { chooseAddress } from "./address.ts";

/** Takes a port, as another program does. */
async function takePort(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const nobodySays = () => expect.fail("nothing is to be said");

test.each(["127.0.0.1", "0.0.0.0"])("a port that is taken at %s is said, with what to set", async (host) => {
  const port = String(await takePort(host));
  await expect(chooseAddress({ PORT: port }, nobodySays)).rejects.toThrow(`127.0.0.1:${port}. Set PORT`);
  await expect(chooseAddress({ PORT: "0", WORKER_HEALTH_PORT: port }, nobodySays)).rejects.toThrow(
    "WORKER_HEALTH_PORT",
  );
});

test("so is one that only `localhost` by IPv6 leads to", async () => {
  const port = await takePort("::1").catch(() => undefined);
  if (port === undefined) return; // This machine has no IPv6.
  await expect(chooseAddress({ PORT: String(port) }, nobodySays)).rejects.toThrow("Set PORT");
});

test("the usual port gives way, and that is said", async () => {
  await takePort("127.0.0.1", 4000).catch(() => {}); // By this test, or by somebody else.
  const said: string[] = [];
  const { port, url } = await chooseAddress({}, (line) => void said.push(line));
  expect(port).toBeGreaterThan(4000);
  expect(url).toBe(`http://127.0.0.1:${port}/graphql`);
  expect(said).toEqual([`Another program listens on port 4000, so the API takes ${port}. Set PORT to choose one.`]);
});

test.each([
  [{ PORT: "http" }, "PORT must be a whole number"],
  [{ PORT: "70000" }, "PORT must be a whole number"],
  [{ PORT: "0", WORKER_HEALTH_PORT: "-1" }, "WORKER_HEALTH_PORT must be a whole number"],
])("%o is refused", async (env, message) => {
  await expect(chooseAddress(env, nobodySays)).rejects.toThrow(message);
});

test("API and worker cannot have the same port", async () => {
  const port = String(await findFreePort());
  await expect(chooseAddress({ PORT: port, WORKER_HEALTH_PORT: port }, nobodySays)).rejects.toThrow("are both");
});
