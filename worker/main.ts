import { createAppContext } from "../src/app-context.ts";
import { readConfig } from "../src/config.ts";
import { createGeminiModel, findKeyFault } from "../src/platform/gemini/gemini.ts";
import { reportCalls } from "../src/platform/gemini/report-calls.ts";
import { withContinuations } from "../src/platform/gemini/with-continuations.ts";
import { listenForHealth } from "../src/platform/health.ts";
import { withFallbacks } from "../src/features/models/with-fallbacks.ts";
import { startClockCheck } from "../src/platform/postgres/clock-check.ts";
import { workerKillTopic } from "../src/platform/redis/worker-kill.ts";
import { listenForMetrics } from "../src/platform/telemetry/listen-for-metrics.ts";
import { startTracing } from "../src/platform/telemetry/start-tracing.ts";
import { run } from "../src/platform/process.ts";
import { watchQueues } from "./job-metrics.ts";
import { createCallMetrics } from "./call-metrics.ts";
import { startJobWorker } from "./job-worker.ts";
import { recurringWork } from "./recurring.ts";
import { createTasks } from "./tasks.ts";
import { startTimer } from "./timers.ts";

await run(async () => {
  const config = readConfig(process.env);
  const ctx = createAppContext(config, "worker");
  const tracing = await startTracing("colloquy-worker", ctx);
  const gemini = createGeminiModel({ ...config.gemini, logger: ctx.logger }, config.modelTimeouts);
  // Each fallback is a call of its own, and so is each way to go on with a text.
  const calls = reportCalls(ctx, gemini, createCallMetrics(ctx));
  const model = withFallbacks(ctx, withContinuations(calls));
  const tasks = await createTasks({ ...ctx, model });
  watchQueues(
    ctx,
    tasks.map(({ job }) => job),
  );
  const stops = [
    ...tasks.map((task) => startJobWorker(ctx, task)),
    ...recurringWork(ctx).map((timer) => startTimer(ctx, timer)),
  ];
  const fault = findKeyFault(config.gemini.apiKey);
  if (fault !== undefined) ctx.logger.error(`${fault}: this worker fails every reply`);
  let stopping = false;
  const health = await listenForHealth(ctx, config.worker.healthPort, () => ({ fault, stopping }));
  const stopClockCheck = startClockCheck(ctx);
  if (config.development) {
    const killed = ctx.pubsub.subscribe(workerKillTopic, "", () => process.kill(process.pid, "SIGKILL"));
    ctx.runInBackground("listen for a kill", killed);
  }
  const metrics = await listenForMetrics(ctx, {
    port: config.metricsPort,
    host: config.http.host,
    probes: { postgres: () => ctx.db.$queryRaw`SELECT 1`, redis: () => ctx.redis.ping() },
  });
  ctx.logger.info({ concurrency: config.worker.concurrency, node: process.version }, "worker is ready");
  return {
    graceMs: config.shutdownGrace,
    logger: ctx.logger,
    async stop() {
      stopping = true;
      stopClockCheck();
      await Promise.all(stops.map((stop) => stop()));
      metrics.close();
      health.close();
      await ctx.close();
      await tracing.close();
    },
  };
});
