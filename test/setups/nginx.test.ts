import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { testBehindProxy } from "../_support/behind-proxy.ts";
import { createTestClient, type TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { MessageAdded, SendOtp } from "../_support/documents.ts";
import { openStream } from "../_support/event-stream.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { newPhone } from "../_support/phones.ts";
import { postFrom } from "../_support/post-from.ts";
import { ask } from "../_support/post.ts";
import { startProxy, type Proxy } from "../_support/proxy-process.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

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
      colloquy = await shareColloquy();
      alice = await colloquy.signIn();
      const target = `http://127.0.0.1:${colloquy.apis[0]!.port}`;
      ({ url, stop } = await startNginx(
        (address) => `server { listen ${address}; location / { proxy_pass ${target}; } }`,
      ));
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
  testBehindProxy(async (ports) => {
    const ops = await readFile("ops/nginx.conf", "utf8");
    return startNginx((address) =>
      ops
        .replace("listen 443 ssl;", `listen ${address};`)
        .replace(/^ *ssl_certificate.*$/gm, "")
        .replace("127.0.0.1:4000", `127.0.0.1:${ports[0]}`)
        .replace("# server 127.0.0.1:4001", `server 127.0.0.1:${ports[1]}`),
    );
  }, "1s");
});

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

/** @param serve what stands in `http`, for the address that it is to listen on */
const startNginx = (serve: (address: string) => string): Promise<Proxy> =>
  startProxy(async (dir, address) => {
    const conf = join(dir, "nginx.conf");
    const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const temps = folders.map((name) => `${name}_temp_path ${dir}/${name};`);
    await writeFile(
      conf,
      `daemon off; master_process off; pid ${dir}/pid; error_log stderr; events {}
       http { access_log off; ${temps.join(" ")} ${serve(address)} }`,
    );
    return ["nginx", "-c", conf, "-p", dir];
  });
