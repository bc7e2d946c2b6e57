import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createTestClient, type TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { MessageAdded, SendOtp } from "../_support/documents.ts";
import { openStream } from "../_support/event-stream.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { newPhone } from "../_support/phones.ts";
import { postFrom } from "../_support/post-from.ts";
import { ask, post } from "../_support/post.ts";

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
      const target = `http://127.0.0.1:${colloquy.apis[0]!.port}`;
      ({ url, stop } = await startNginx((port) => `server { listen ${port}; location / { proxy_pass ${target}; } }`));
    });
    afterAll(async () => {
      await stop();
      await colloquy.close();
    });

    test.each(["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])(
      "each piece comes when it is said: %s",
      async (accept) => {
        const room = await alice.createRoom();
        const operation = { query: MessageAdded.toString(), variables: { chatroomId: room, after: "0" } };
        const stream = openStream(url, operation, { token: alice.token(), accept });
        await stream.until("\n");
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

describe.skipIf(missing)(`behind ops/nginx.conf${missing ? " (nginx is not installed here)" : ""}`, () => {
  let colloquy: Colloquy;
  let alice: TestClient;
  let url: string;
  let stop: () => Promise<void>;
  let ports: readonly [number, number];

  beforeAll(async () => {
    colloquy = await startColloquy({ apis: 2, env: { TRUST_PROXY: "1", DRAIN: "1s" } });
    ports = [colloquy.apis[0]!.port, colloquy.apis[1]!.port];
    const ops = await readFile("ops/nginx.conf", "utf8");
    ({ url, stop } = await startNginx((port) =>
      ops
        .replace("listen 443 ssl;", `listen ${port};`)
        .replace(/^ *ssl_certificate.*$/gm, "")
        .replace("127.0.0.1:4000", `127.0.0.1:${ports[0]}`)
        .replace("# server 127.0.0.1:4001", `server 127.0.0.1:${ports[1]}`),
    ));
    alice = createTestClient(url);
    await alice.signIn();
  });
  afterAll(async () => {
    await alice.close();
    await stop();
    await colloquy.close();
  });

  test("a WebSocket is passed on, and a reply comes over it", async () => {
    const { replyId } = await alice.send(await alice.createRoom(), "through a socket");
    expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
  });

  test.each(["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])(
    "each piece comes when it is said: %s",
    async (accept) => {
      const room = await alice.createRoom();
      const operation = { query: MessageAdded.toString(), variables: { chatroomId: room, after: "0" } };
      const stream = openStream(url, operation, { token: alice.token(), accept });
      await stream.until("\n");
      const { messageId } = await alice.send(room, "through nginx");
      expect(await stream.until(messageId)).toContain("through nginx");
      stream.request.on("error", () => {}).destroy();
    },
  );

  test("each client has its own address, whatever it says of itself, and nginx names its requests", async () => {
    const phone = newPhone();
    const { sendOtp } = await alice.request(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
    const verify = `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { session { ip } } }`;
    const { data } = await postFrom("127.0.0.77", url, verify, { input: { phone, code: sendOtp.code, name: "Ada" } });
    expect(data).toEqual({ verifyOtp: { session: { ip: "127.0.0.77" } } });

    const headers = { "x-forwarded-for": "203.0.113.9", "x-request-id": "the-client-chose-this" };
    const answer = await post(url, { query: "{ __typename }" }, headers);
    const requestId = answer.headers.get("x-request-id");
    expect(requestId).toMatch(/^[\da-f]{32}$/);
    await Promise.race(colloquy.apis.map((api) => api.whenLogged((line) => line["requestId"] === requestId)));
  });

  test("what is for load balancers is not for the public", async () => {
    for (const path of ["/ready", "/health"]) expect((await ask(url.replace("/graphql", path))).status).toBe(404);
  });

  test("two APIs are replaced one after the other, and no query fails", async () => {
    const token = alice.token();
    const statuses: number[] = [];
    let done = false;
    const asking = (async () => {
      while (!done) {
        const answer = await post(url, { query: "{ me { id } }" }, { authorization: `Bearer ${token}` });
        statuses.push(answer.data?.["me"] ? answer.status : -1);
      }
    })();
    for (const [at, port] of ports.entries()) {
      expect(await colloquy.apis[at]!.stop()).toMatchObject({ code: 0 });
      await colloquy.startApi({ PORT: String(port) });
    }
    done = true;
    await asking;
    expect(statuses.length).toBeGreaterThan(50);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });
});

/** @param serve what stands in `http`, for the address that it is to listen on */
describe.skipIf(missing)(`behind ops/compose/nginx.conf${missing ? " (nginx is not installed here)" : ""}`, () => {
  test("a reply comes over a socket, and who asks is known by the address that asked the proxy", async () => {
    const colloquy = await startColloquy({ apis: 2, env: { TRUST_PROXY: "1" } });
    const ops = await readFile("ops/compose/nginx.conf", "utf8");
    const servers = colloquy.apis.map(({ port }) => `server 127.0.0.1:${port} max_fails=0;`);
    const { url, stop } = await startNginx((address) =>
      ops
        .replace("listen 8080;", `listen ${address};`)
        // Docker's own, and newer than Debian's nginx.
        .replace(/^ *resolver .*$/m, "")
        .replace("server api:4000 resolve max_fails=0;", servers.join(" ")),
    );
    const alice = createTestClient(url);
    onTestFinished(async () => {
      await alice.close();
      await stop();
      await colloquy.close();
    });
    await alice.signIn();
    const { replyId } = await alice.send(await alice.createRoom(), "through the proxy of compose");
    expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });

    const phone = newPhone();
    const { sendOtp } = await alice.request(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
    const verify = `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { session { ip } } }`;
    const { data } = await postFrom("127.0.0.77", url, verify, { input: { phone, code: sendOtp.code, name: "Ada" } });
    expect(data).toEqual({ verifyOtp: { session: { ip: "127.0.0.77" } } });
  });
});

async function startNginx(serve: (address: string) => string): Promise<{ url: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "colloquy-nginx-"));
  const address = `127.0.0.1:${await freePort()}`;
  const conf = join(dir, "nginx.conf");
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${dir}/${name};`);
  await writeFile(
    conf,
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr; events {}
     http { access_log off; ${temps.join(" ")} ${serve(address)} }`,
  );
  const nginx = spawn("nginx", ["-c", conf, "-p", dir], { stdio: "ignore" });
  const ended = new Promise((resolve) => nginx.once("exit", resolve));
  const url = `http://${address}/graphql`;
  await vi.waitFor(() => ask(url), { timeout: 30_000 });
  return {
    url,
    async stop() {
      nginx.kill("SIGTERM");
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
