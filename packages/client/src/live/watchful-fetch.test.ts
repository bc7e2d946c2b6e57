import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createWatchfulFetch } from "./watchful-fetch.ts";

const SILENCE = "The server has not been heard of for 400 ms";
const watchfulFetch = createWatchfulFetch(400);

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an answer that never begins breaks off", async () => {
  const url = await serve(() => {});
  await expect(watchfulFetch(url)).rejects.toThrow(SILENCE);
});

test.each([
  ["begins and says nothing", ""],
  ["stops in mid-stream", "data: 1\n\n"],
])("one that %s breaks off", async (_, text) => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(text || ":");
  });
  const response = await watchfulFetch(url);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  await expect(response.text()).rejects.toThrow(SILENCE);
});

test("one that is kept alive goes on beyond the limit, to its end", async () => {
  const url = await serve((_request, response) => {
    let pings = 0;
    const timer = setInterval(() => {
      pings += 1;
      if (pings < 30) return response.write(":\n\n");
      clearInterval(timer);
      return response.end("data: the end\n\n");
    }, 20);
  });
  expect(await (await watchfulFetch(url)).text()).toBe(`${":\n\n".repeat(29)}data: the end\n\n`);
});

test("an abort reaches its caller, before and after the beginning", async () => {
  const url = await serve((_request, response) => void response.write("data"));
  const abort = new AbortController();
  const response = await watchfulFetch(url, { signal: abort.signal });
  abort.abort(new Error("no longer wanted"));
  await expect(response.text()).rejects.toThrow("no longer wanted");
  await expect(watchfulFetch(url, { signal: abort.signal })).rejects.toThrow("no longer wanted");
});
