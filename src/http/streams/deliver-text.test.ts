import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { deliverText } from "./deliver-text.ts";

/** Serves one text. @returns its url, and when its delivery is over */
async function serve(text: string, stallLimitMs?: number) {
  let slow = 0;
  const server = createServer();
  const over = new Promise<void>((resolve, reject) => {
    const onSlow = () => void (slow += 1);
    const options = { onSlow, ...(stallLimitMs !== undefined && { stallLimitMs }) };
    server.on("request", (_request, response) => void deliverText(response, text, options).then(resolve, reject));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, over, slow: () => slow };
}

const fetchText = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`)).text();

test.each<[string, string]>([
  ["nothing", ""],
  ["a few words", "a few words"],
  ["exactly two pieces", "x".repeat(2 * 64 * 1024)],
  ["pairs of surrogates across every border", `x${"😀".repeat(200_000)}`],
  ["pairs of surrogates within every border", "😀".repeat(200_000)],
  ["units of three bytes", "字".repeat(300_001)],
])("%s arrives whole", async (_, text) => {
  const { port, over } = await serve(text);
  expect(await fetchText(port)).toBe(text);
  await over;
});

test("others are answered between the pieces", async () => {
  const { port } = await serve("x".repeat(8 * 2 ** 20));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await fetchText(port);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test("a client that takes nothing is cut off", async () => {
  const { port, over, slow } = await serve("x".repeat(64 * 2 ** 20), 200);
  const client = connect(port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.pause();
  await over;
  expect(slow()).toBe(1);
});

test("a client that leaves ends it", async () => {
  const { port, over, slow } = await serve("x".repeat(64 * 2 ** 20));
  const client = connect(port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(client, "readable");
  client.destroy();
  await over;
  expect(slow()).toBe(0);
});
