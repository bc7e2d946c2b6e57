import { createAppContext } from "../src/app-context.ts";
import { readConfig } from "../src/config.ts";
import { createGeminiModel, findKeyFault } from "../src/platform/gemini/gemini.ts";
import { listenForHealth } from "../src/platform/health.ts";
import { run } from "../src/platform/process.ts";
import { startOtpDelivery } from "./tasks/deliver-otp.ts";
import { startTendingAccounts } from "./tasks/tend-accounts.ts";
import { startTendingBilling } from "./tasks/tend-billing.ts";
import { startReplyWorker } from "./job-worker.ts";

await run(async () => {
  const config = readConfig(process.env);
  const ctx = createAppContext(config, "worker");
  const model = createGeminiModel({ ...config.gemini, log: ctx.log }, config.modelTimeouts);
  const worker = await startReplyWorker({ ...ctx, model });
  const stopOtpDelivery = startOtpDelivery(ctx);
  const stopTendingAccounts = startTendingAccounts(ctx);
  const stopTendingBilling = startTendingBilling(ctx);
  const fault = findKeyFault(config.gemini.apiKey);
  if (fault !== undefined) ctx.log.error(`${fault}: this worker fails every reply`);
  const health = await listenForHealth(ctx, config.worker.healthPort, fault);
  ctx.log.info({ concurrency: config.worker.concurrency }, "worker is ready");
  return {
    graceMs: config.shutdownGrace,
    async stop() {
      health.close();
      await Promise.all([worker.close(), stopOtpDelivery(), stopTendingAccounts(), stopTendingBilling()]);
      await ctx.close();
    },
  };
});
