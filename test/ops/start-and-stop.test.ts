import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { findFreePort } from "../../tools/local-stack/ports.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { readMetrics, sumOf } from "../_support/metrics.ts";

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());

test("a process whose port of metrics is taken does not say before that it is ready", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const taken = { METRICS_PORT: String((other.address() as AddressInfo).port) };
  const why = "METRICS_PORT: another program listens";
  await expect(colloquy.startApi(taken)).rejects.toThrow(why);
  await expect(colloquy.startWorker(taken)).rejects.toThrow(why);
});

test("a worker that stops says so while it ends its replies, and is measured to its end", async () => {
  const port = await findFreePort();
  const settings = { WORKER_HEALTH_PORT: String(port), METRICS_PORT: "0", SHUTDOWN_GRACE: "2m" };
  const worker = await colloquy.startWorker(settings);
  const alice = await colloquy.signIn();
  const rest = createGate();
  colloquy.gemini.onPrompt("a long one", [{ text: "Begun" }, { waitFor: rest }, { text: " and ended" }]);
  const { replyId } = await alice.send(await alice.createRoom(), "a long one");
  const watch = alice.watchReply(replyId);
  await watch.until(({ status }) => status === "STREAMING");

  worker.signal("SIGTERM");
  await worker.whenLogged(({ msg }) => msg === "stopping");
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return [answer.status, ((await answer.json()) as { status: string }).status];
  };
  expect(await ask("/ready")).toEqual([503, "stopping"]);
  expect(await ask("/health")).toEqual([200, "ok"]);
  expect(sumOf(await readMetrics(worker), "colloquy_jobs_running")).toBe(1);
  rest.open();
  await watch.completed;
  expect(await worker.ended).toMatchObject({ code: 0 });
});
