import { createApp } from "./app.ts";
import { createAppContext } from "./app-context.ts";
import { readConfig } from "./config.ts";
import { startClockCheck } from "./platform/postgres/clock-check.ts";
import { listenForMetrics } from "./platform/telemetry/listen-for-metrics.ts";
import { startTracing } from "./platform/telemetry/start-tracing.ts";
import { run } from "./platform/process.ts";

await run(async () => {
  const config = readConfig(process.env);
  const tracing = await startTracing("colloquy-api", config.traces);
  const ctx = createAppContext(config, "api");
  const app = createApp(ctx);
  const port = await app.listen();
  ctx.logger.info({ port, host: config.http.host, node: process.version }, "API is ready");
  if (config.otp.delivery === "log")
    ctx.logger.warn("OTP_DELIVERY=log: one-time passwords go to this log, and who reads it can sign in as anybody");
  const stopClockCheck = startClockCheck(ctx);
  const metrics = await listenForMetrics(ctx, {
    port: config.metricsPort,
    host: config.http.host,
    probes: { postgres: () => ctx.db.$queryRaw`SELECT 1`, redis: () => ctx.redis.ping() },
  });
  return {
    graceMs: config.drain + config.shutdownGrace,
    logger: ctx.logger,
    async stop() {
      await app.drain();
      stopClockCheck();
      metrics.close();
      await app.close();
      await ctx.close();
      await tracing.close();
    },
  };
});
