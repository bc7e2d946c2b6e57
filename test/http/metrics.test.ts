import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { readMetrics, sumOf } from "../_support/metrics.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ env: { METRICS_PORT: "0", MODEL_RETRY_BASE: "20ms" } });
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

test("API and worker count requests, sockets, replies, calls, tokens and cost", async () => {
  const text = "Nobody's business, and no metric's";
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, text);
  const watch = alice.watchReply(replyId);
  await watch.completed;

  const open = alice.watchMessages(room);
  await colloquy.whenSubscribed(`message:added:${room}`);
  await expect
    .poll(async () => sumOf(await readMetrics(colloquy.apis[0]!), "colloquy_requests_total", 'field="replyStream"'))
    .toBe(1);
  const api = await readMetrics(colloquy.apis[0]!);
  expect(sumOf(api, "colloquy_requests_total", 'field="sendMessage",code="OK"')).toBe(1);
  expect(sumOf(api, "colloquy_request_duration_seconds_count", 'field="sendMessage"')).toBe(1);
  expect(api.get("colloquy_sockets")).toBeGreaterThan(0);
  expect(api.get('colloquy_feeds{kind="messages"}')).toBe(1);
  expect(api.get('colloquy_watchers{kind="messages"}')).toBe(1);
  expect(api.get('colloquy_watchers_behind{kind="messages"}')).toBe(0);
  expect(api.get('colloquy_watcher_lag_seconds{kind="messages"}')).toBe(0);
  expect(api.get("db_client_connection_max")).toBe(5);
  expect(sumOf(api, "db_client_connection_count")).toBeGreaterThan(0);
  expect(api.get("db_client_connection_pending_requests")).toBe(0);
  expect(api.get("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
  open.stop();

  await expect
    .poll(async () => sumOf(await readMetrics(colloquy.workers[0]!), "colloquy_jobs_total", 'outcome="done"'))
    .toBeGreaterThan(0);
  const worker = await readMetrics(colloquy.workers[0]!);
  expect(sumOf(worker, "colloquy_reply_attempts_total", 'outcome="COMPLETE"')).toBe(1);
  expect(sumOf(worker, "colloquy_model_calls_total", 'outcome="COMPLETE"')).toBe(1);
  for (const name of [
    "gen_ai_client_operation_duration_seconds_count",
    "gen_ai_client_operation_time_to_first_chunk_seconds_count",
    "colloquy_reply_first_token_seconds_count",
    "colloquy_job_wait_seconds_count",
  ])
    expect([name, sumOf(worker, name)]).toEqual([name, 1]);
  expect(sumOf(worker, "gen_ai_client_token_usage_sum", 'gen_ai_token_type="input"')).toBeGreaterThan(0);
  expect(sumOf(worker, "colloquy_model_tokens_total", 'kind="reply"')).toBeGreaterThan(0);
  expect(sumOf(worker, "colloquy_model_cost_total")).toBeGreaterThan(0);
  expect(sumOf(worker, "colloquy_queue_waiting")).toBe(0);
  await expect
    .poll(async () => sumOf(await readMetrics(colloquy.workers[0]!), "colloquy_round_trip_seconds_count"))
    .toBeGreaterThanOrEqual(2);

  for (const metrics of [api, worker]) {
    const names = [...metrics.keys()].join("\n");
    for (const secret of [text, room, replyId]) expect(names).not.toContain(secret);
    expect(names).not.toMatch(/[\da-f]{8}-[\da-f]{4}/);
  }
});

test("the worker counts retries and refunds", async () => {
  const { watch } = await sendPrompt("[[fake: 503 times=1]]");
  await watch.completed;
  const failed = await sendPrompt("[[fake: 400]]");
  await failed.watch.completed;
  const read = () => readMetrics(colloquy.workers[0]!);
  await expect
    .poll(async () =>
      sumOf(await read(), "colloquy_reply_attempts_total", 'outcome="PENDING",code="MODEL_UNAVAILABLE"'),
    )
    .toBe(1);
  await expect.poll(async () => (await read()).get('colloquy_refunds_total{cause="fault"}')).toBe(1);
});

async function sendPrompt(prompt: string) {
  const { replyId } = await alice.send(await alice.createRoom(), prompt);
  return { replyId, watch: alice.watchReply(replyId) };
}

test("a client does not make labels: neither by the names of operations nor by what is no operation", async () => {
  // Node's own come by themselves, as with each kind of garbage collection.
  const count = async () =>
    [...(await readMetrics(colloquy.apis[0]!)).keys()].filter((name) => !name.startsWith("nodejs_")).length;
  const before = await count();
  const ask = (query: string) =>
    fetch(alice.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
  for (let at = 0; at < 20; at += 1) {
    await (await ask(`query Name${at} { made${at}: me { id } }`)).text();
    await (await ask(`{ unknown${at} }`)).text();
    await (await ask(`nonsense ${at}`)).text();
  }
  const after = await count();
  // One operation with its histogram, and one series for what is none.
  expect(after - before).toBeLessThanOrEqual(20);
});

test("nothing of it is on the public port, and a port that is not asked for is not opened", async () => {
  const port = colloquy.apis[0]!.port;
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  const quiet = await colloquy.startApi({ METRICS_PORT: "" });
  expect(quiet.logs.filter((line) => "metricsPort" in line)).toEqual([]);
});
