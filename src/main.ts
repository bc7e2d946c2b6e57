import { createApp } from "./app.ts";
import { createAppContext } from "./app-context.ts";
import { readConfig } from "./config.ts";
import { run } from "./platform/process.ts";

await run(async () => {
  const config = readConfig(process.env);
  const ctx = createAppContext(config, "api");
  const app = createApp(ctx);
  const port = await app.listen();
  ctx.logger.info({ port, host: config.http.host }, "API is ready");
  return {
    graceMs: config.shutdownGrace,
    async stop() {
      await app.close();
      await ctx.close();
    },
  };
});
