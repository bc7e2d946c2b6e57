import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that sends everybody elsewhere. */
export async function startRedirect(location: string): Promise<{ url: string; close(): void }> {
  const server = createServer((_, response) => void response.writeHead(307, { Location: location }).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A server whose error answer stops in the middle. */
export const startStallingError = () => startError((response) => void response.write('{ "error": '));

/** A server whose error answer never ends. */
export const startEndlessError = () =>
  startError((response) => {
    const more = (): void => {
      if (response.write("x".repeat(16 * 1024))) setImmediate(more);
    };
    response.on("drain", more);
    more();
  });

async function startError(answer: (response: ServerResponse) => void): Promise<{ url: string; closed: Promise<void> }> {
  let onClosed = (): void => {};
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });
  const server = createServer((_, response) => {
    response.once("close", () => {
      server.close();
      onClosed();
    });
    answer(response.writeHead(500, { "Content-Type": "application/json" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, closed };
}
