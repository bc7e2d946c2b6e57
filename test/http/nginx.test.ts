import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { MessageAdded } from "../_support/documents.ts";
import { openStream } from "../_support/event-stream.ts";
import { ask } from "../_support/post.ts";

const missing = spawnSync("nginx", ["-v"]).error !== undefined;

// `apt-get install nginx` brings it.
describe.skipIf(missing)(
  `behind nginx with a bare proxy_pass${missing ? " (nginx is not installed here)" : ""}`,
  () => {
    let colloquy: Colloquy;
    let alice: TestClient;
    let url: string;
    let stop: () => Promise<void>;

    beforeAll(async () => {
      colloquy = await startColloquy();
      alice = await colloquy.signIn();
      const dir = await mkdtemp(join(tmpdir(), "colloquy-nginx-"));
      const port = await freePort();
      const conf = join(dir, "nginx.conf");
      const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${dir}/${name};`,
      );
      await writeFile(
        conf,
        `daemon off; master_process off; pid ${dir}/pid; error_log stderr; events {}
       http { access_log off; ${temps.join(" ")}
         server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${colloquy.apis[0]!.port}; } } }`,
      );
      const nginx = spawn("nginx", ["-c", conf, "-p", dir], { stdio: "ignore" });
      const ended = new Promise((resolve) => nginx.once("exit", resolve));
      stop = async () => {
        nginx.kill("SIGTERM");
        await ended;
        await rm(dir, { recursive: true, force: true });
      };
      url = `http://127.0.0.1:${port}/graphql`;
      await vi.waitFor(() => ask(url), { timeout: 30_000 });
    });
    afterAll(async () => {
      await stop();
      await colloquy.close();
    });

    test.each(["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])(
      "each piece comes when it is said: %s",
      async (accept) => {
        const room = await alice.createRoom();
        const operation = { query: MessageAdded.toString(), variables: { chatroomId: room } };
        const stream = openStream(url, operation, { token: alice.token(), accept });
        await stream.until("\n");
        await colloquy.whenSubscribed(`message:added:${room}`);
        const { messageId } = await alice.send(room, "through nginx");
        // Nothing ends the stream: what nginx held back would never come.
        expect(await stream.until(messageId)).toContain("through nginx");
        stream.request.on("error", () => {}).destroy();
      },
    );

    test("a WebSocket that nginx does not pass on is told so", async () => {
      const answer = await ask(url, {
        headers: { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" },
      });
      expect(answer.status).toBe(426);
    });
  },
);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
