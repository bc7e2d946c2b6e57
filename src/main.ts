import { createApp } from "./app.ts";
import { createAppContext } from "./app-context.ts";
import { readConfig } from "./config.ts";
import { startClockCheck } from "./platform/postgres/clock-check.ts";
import { listenForMetrics } from "./platform/telemetry/listen-for-metrics.ts";
import { startTracing } from "./platform/telemetry/start-tracing.ts";
import { run } from "./platform/process.ts";

await run(async () => {
  const config = readConfig(process.env);
  const ctx = createAppContext(config, "api");
  const tracing = await startTracing("colloquy-api", ctx);
  const app = createApp(ctx);
  const metrics = await listenForMetrics(ctx, {
    port: config.metricsPort,
    host: config.http.host,
    probes: { postgres: () => ctx.db.$queryRaw`SELECT 1`, redis: () => ctx.redis.ping() },
  });
  const port = await app.listen();
  ctx.logger.info({ port, host: config.http.host, node: process.version }, "API is ready");
  if (config.otp.delivery === "log")
    ctx.logger.warn("OTP_DELIVERY=log: one-time passwords go to this log, and who reads it can sign in as anybody");
  const stopClockCheck = startClockCheck(ctx);
  return {
    graceMs: config.drain + config.shutdownGrace,
    logger: ctx.logger,
    async stop() {
      await app.drain();
      stopClockCheck();
      await app.close();
      metrics.close();
      await ctx.close();
      await tracing.close();
    },
  };
});
