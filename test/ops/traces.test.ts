import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { startCollector } from "../_support/collector.ts";
import { startColloquy } from "../_support/colloquy.ts";
import { post } from "../_support/post.ts";

test("one trace leads from the send through queue, worker and model to the first delivery", async () => {
  const collector = await startCollector();
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "20" };
  const colloquy = await startColloquy({ env: settings });
  onTestFinished(async () => {
    await colloquy.close();
    collector.close();
  });
  const alice = await colloquy.signIn();
  const room = await alice.createRoom();
  const gate = createGate();
  colloquy.gemini.onPrompt("Nobody's business", [{ waitFor: gate }, { text: "An answer" }]);
  const { replyId } = await alice.send(room, "Nobody's business");
  const watch = alice.watchReply(replyId);
  await watch.until(({ status }) => status === "STREAMING");
  gate.open();
  await watch.completed;

  const names = [
    "mutation sendMessage",
    "send generate-reply",
    "process generate-reply",
    `generate_content ${colloquy.gemini.requests[0]?.model}`,
    "deliver the first text",
  ];
  const find = (name: string) => collector.spans.filter((span) => span.name === name);
  await expect.poll(() => names.filter((name) => find(name).length === 0)).toEqual([]);
  const [send, , process, call, deliver] = names.map((name) => find(name)[0]!);
  // On a busy machine a job that has been there for a while is added once more, which changes nothing.
  const enqueue = find("send generate-reply").find(({ spanId }) => spanId === process?.parentSpanId);
  expect(new Set([send, enqueue, process, call, deliver].map((span) => span?.traceId)).size).toBe(1);
  expect(send).toMatchObject({ service: "colloquy-api", parentSpanId: undefined });
  expect(enqueue).toMatchObject({ service: "colloquy-api", parentSpanId: send?.spanId });
  expect(process).toMatchObject({ service: "colloquy-worker" });
  expect(call).toMatchObject({
    service: "colloquy-worker",
    parentSpanId: process?.spanId,
    attributes: { "gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "gcp.gemini" },
    failed: false,
  });
  expect(Number(call?.attributes["gen_ai.usage.output_tokens"])).toBeGreaterThan(0);
  expect(deliver).toMatchObject({ service: "colloquy-api", parentSpanId: process?.spanId });

  const all = JSON.stringify(collector.spans);
  for (const secret of ["Nobody's business", "An answer", alice.token()]) expect(all).not.toContain(secret);
});

test.each([
  ["1", true],
  ["0", false],
])("with TRUST_PROXY=%s the trace of a proxy goes on: %s", async (TRUST_PROXY, goesOn) => {
  const collector = await startCollector();
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "20" };
  const colloquy = await startColloquy({ workers: 0, env: { ...settings, TRUST_PROXY } });
  onTestFinished(async () => {
    await colloquy.close();
    collector.close();
  });
  const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  const url = `http://127.0.0.1:${colloquy.apis[0]!.port}/graphql`;
  for (const traceparent of ["not one", `00-${traceId}-${spanId}-01`])
    await post(url, { query: "{ me { id } }" }, { traceparent });
  await expect.poll(() => collector.spans.length).toBe(2);
  const found = collector.spans.map((span) => [span.traceId === traceId, span.parentSpanId]);
  expect(found).toEqual([[false, undefined], goesOn ? [true, spanId] : [false, undefined]]);
});

test("a call that fails is marked, and its next try is in the same trace", async () => {
  const collector = await startCollector();
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "20" };
  const colloquy = await startColloquy({ env: settings });
  onTestFinished(async () => {
    await colloquy.close();
    collector.close();
  });
  const alice = await colloquy.signIn();
  const { replyId } = await alice.send(await alice.createRoom(), "[[fake: 503 times=1]]");
  await alice.watchReply(replyId).completed;
  const calls = () => collector.spans.filter(({ name }) => name.startsWith("generate_content "));
  await expect.poll(() => calls().map(({ failed }) => failed)).toEqual([true, false]);
  expect(calls()[0]?.attributes["error.type"]).toBe("MODEL_UNAVAILABLE");
  expect(calls()[1]?.traceId).toBe(calls()[0]?.traceId);
});

test("what a collector does not take is told of once", async () => {
  const { api, asked } = await startBesideBadCollector((response) => response.writeHead(401).end());
  const isWarning = ({ msg }: Record<string, unknown>) => String(msg).startsWith("the collector does not take traces");
  for (const times of [1, 2, 3]) {
    await post(`http://127.0.0.1:${api.port}/graphql`, { query: "{ me { id } }" });
    await expect.poll(asked).toBe(times);
    expect(await api.whenLogged(isWarning)).toMatchObject({ level: 40 });
  }
  expect(api.logs.filter(isWarning)).toHaveLength(1);
});

test("a collector that does not answer does not keep a process from ending well", async () => {
  const { api, asked } = await startBesideBadCollector(() => {});
  await post(`http://127.0.0.1:${api.port}/graphql`, { query: "{ me { id } }" });
  await expect.poll(asked).toBe(1);
  expect(await api.stop()).toMatchObject({ code: 0 });
});

test.each(["src/main.js", "worker/main.js"])("%s asks for the SDK only when traces are on", (program) => {
  const text = readFileSync(join(inject("buildDir"), program), "utf8");
  expect(text).toContain('import("@opentelemetry/sdk-trace-node")');
  expect(text).not.toMatch(/^import .*@opentelemetry|^import ["']@opentelemetry|} from "@opentelemetry/m);
});

/** @returns `asked`: how often the collector was */
async function startBesideBadCollector(answer: (response: ServerResponse) => void) {
  let times = 0;
  const collector = createServer((request, response) => {
    times += 1;
    request.resume().once("end", () => answer(response));
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const colloquy = await startColloquy({
    workers: 0,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: "60000",
      OTEL_BSP_SCHEDULE_DELAY: "20",
      SHUTDOWN_GRACE: "0s",
    },
  });
  onTestFinished(async () => {
    await colloquy.close();
    collector.closeAllConnections();
    collector.close();
  });
  return { api: colloquy.apis[0]!, asked: () => times };
}
