import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on a free port until SIGTERM, and says so in the line that `startProgram` waits for. */
export async function listen(server: Server, onStop: () => unknown): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.once("SIGTERM", () => {
    server.close();
    void Promise.resolve(onStop()).finally(() => process.exit(0));
  });
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: "ready", level: 30, port })}\n`);
}
