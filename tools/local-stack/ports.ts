import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** Finds a TCP port of 127.0.0.1 that nobody listens on. Somebody else may take it before it is used. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Tells whether a server could listen on the port now, and be reached there by the name `localhost` too: browsers ask
 * `::1` first, where another program may have the same port.
 *
 * @throws when it cannot for another reason than another server, such as an unknown host
 */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  if (!(await canListen(port, host))) return false;
  // A machine without IPv6 has nobody there.
  return host !== "127.0.0.1" || canListen(port, "::1").catch(() => true);
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
