import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createTestClient, type TestClient } from "./client.ts";
import { startCollector } from "./collector.ts";
import { startColloquy, type Colloquy } from "./colloquy.ts";
import { MessageAdded, SendOtp } from "./documents.ts";
import { openStream } from "./event-stream.ts";
import { expectWholeReply } from "./expect-reply.ts";
import { newPhone } from "./phones.ts";
import { postFrom } from "./post-from.ts";
import { ask, post } from "./post.ts";
import type { Proxy } from "./proxy-process.ts";
import { watchAsCrowd } from "./watching-crowd.ts";

const WATCHERS = 20;
/** Messages that are sent while the APIs are replaced. */
const MESSAGES_AN_API = 8;
/** Queries that are on their way at the same time. */
const ASKING = 2;

/**
 * What holds behind a proxy with a file of `ops/`, in front of two APIs.
 *
 * @param start starts the proxy, for the ports of the APIs
 * @param drain how long an API that stops serves on
 */
export function testBehindProxy(start: (ports: readonly [number, number]) => Promise<Proxy>, drain: string): void {
  let colloquy: Colloquy;
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let alice: TestClient;
  let proxy: Proxy;

  beforeAll(async () => {
    collector = await startCollector();
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "20" };
    colloquy = await startColloquy({ apis: 2, env: { TRUST_PROXY: "1", DRAIN: drain, ...traces } });
    const [first, second] = colloquy.apis;
    proxy = await start([first?.port ?? 0, second?.port ?? 0]);
    alice = createTestClient(proxy.url);
    await alice.signIn();
  });
  afterAll(async () => {
    await alice?.close();
    await proxy?.stop();
    await colloquy?.close();
    collector?.close();
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
      const stream = openStream(proxy.url, operation, { token: alice.token(), accept });
      await stream.until("\n");
      const { messageId } = await alice.send(room, "through a proxy");
      // Nothing ends the stream: what the proxy held back would never come.
      expect(await stream.until(messageId)).toContain("through a proxy");
      stream.request.on("error", () => {}).destroy();
    },
  );

  test("each client has its own address, whatever it says of itself, and the proxy names its requests", async () => {
    const phone = newPhone();
    const { sendOtp } = await alice.request(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
    const verify = `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { session { ip } } }`;
    const input = { phone, code: sendOtp.code, name: "Ada" };
    const { data } = await postFrom("127.0.0.77", proxy.url, verify, { input });
    expect(data).toEqual({ verifyOtp: { session: { ip: "127.0.0.77" } } });

    const headers = { "x-forwarded-for": "203.0.113.9", "x-request-id": "the-client-chose-this" };
    const answer = await post(proxy.url, { query: "{ __typename }" }, headers);
    const requestId = answer.headers.get("x-request-id");
    expect(requestId).toMatch(/^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/);
    await Promise.race(colloquy.apis.map((api) => api.whenLogged((line) => line["requestId"] === requestId)));
  });

  test("a client does not choose its trace", async () => {
    const chosen = "0af7651916cd43dd8448eb211c80319c";
    const query = "query Traced { me { id } }";
    await post(proxy.url, { query }, { traceparent: `00-${chosen}-b7ad6b7169203331-01` });
    const find = () => collector.spans.find(({ name }) => name === "query me");
    await expect.poll(find).toBeDefined();
    expect(find()?.traceId).not.toBe(chosen);
  });

  test("what is for load balancers is not for the public", async () => {
    for (const path of ["/ready", "/health"]) expect((await ask(proxy.url.replace("/graphql", path))).status).toBe(404);
  });

  test("two APIs are replaced one after the other: no query fails, and 20 watching clients lose no event", async () => {
    const token = alice.token();
    const room = await alice.createRoom();
    const crowd = watchAsCrowd(WATCHERS, { url: proxy.url, token, room });
    const sent: string[] = [];
    const send = async (content: string) => {
      const { messageId, replyId } = await alice.send(room, content);
      sent.push(messageId, replyId);
      await expect.poll(() => crowd.delivered.filter((ids) => ids.includes(replyId)).length).toBe(WATCHERS);
    };
    await send("before");

    const statuses: number[] = [];
    let done = false;
    onTestFinished(() => void (done = true));
    const asking = Array.from({ length: ASKING }, async () => {
      while (!done) {
        const answer = await post(proxy.url, { query: "{ me { id } }" }, { authorization: `Bearer ${token}` });
        statuses.push(answer.data?.["me"] ? answer.status : -1);
      }
    });
    for (const api of colloquy.apis.slice(-2)) {
      const stopped = api.stop();
      for (let count = 1; count <= MESSAGES_AN_API; count += 1) await send(`${count} while ${api.port} is replaced`);
      expect(await stopped).toMatchObject({ code: 0 });
      const started = await colloquy.startApi({ PORT: String(api.port) });
      // The proxy has seen it.
      await started.whenLogged(({ msg }) => msg === "request");
    }
    await send("after");
    done = true;
    await Promise.all(asking);
    crowd.leave();
    expect(statuses.length).toBeGreaterThan(50);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(crowd.faults).toEqual([]);
    for (const ids of crowd.delivered) expect(ids).toEqual(sent);
  });

  test("an API that is killed costs one query at most, beside those on their way", async () => {
    await colloquy.apis.at(-1)?.kill();
    const statuses: number[] = [];
    for (let asked = 0; asked < 20; asked += 1) {
      const { status } = await post(proxy.url, { query: "{ __typename }" });
      statuses.push(status);
    }
    expect(statuses.filter((status) => status !== 200).length).toBeLessThanOrEqual(1);
  });
}
