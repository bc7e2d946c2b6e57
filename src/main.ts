import { createApp } from "./app.ts";
import { createAppContext } from "./app-context.ts";
import { readConfig } from "./config.ts";
import { startClockCheck } from "./platform/postgres/clock-check.ts";
import { run } from "./platform/process.ts";

await run(async () => {
  const config = readConfig(process.env);
  const ctx = createAppContext(config, "api");
  const app = createApp(ctx);
  const port = await app.listen();
  ctx.logger.info({ port, host: config.http.host, node: process.version }, "API is ready");
  if (config.otp.delivery === "log")
    ctx.logger.warn("OTP_DELIVERY=log: one-time passwords go to this log, and who reads it can sign in as anybody");
  const stopClockCheck = startClockCheck(ctx);
  return {
    graceMs: config.shutdownGrace,
    logger: ctx.logger,
    async stop() {
      stopClockCheck();
      await app.close();
      await ctx.close();
    },
  };
});
