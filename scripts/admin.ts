import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { createAppContext, type AppContext } from "../src/app-context.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { DomainError } from "../src/errors.ts";
import { createLog } from "../src/platform/log.ts";
import { readCommand, USAGE, UsageError, type Action } from "./admin/read-command.ts";
import { runCommand } from "./admin/run-command.ts";

process.exitCode = await main(process.argv.slice(2));

/**
 * Runs one command: its result goes to standard output as JSON, the log to standard error.
 *
 * @returns the exit code: 0 when all is done, 1 when something was refused or failed, 2 for a command that is none
 */
async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readCommand(args, new Date());
    if (command.name === "help") {
      console.log(USAGE);
      return 0;
    }
    return await withContext((ctx) => run(ctx, command));
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof Error) console.error(isExpected(error) ? error.message : error.stack);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(ctx: AppContext, action: Action): Promise<number> {
  const { result, changed, complete } = await runCommand(ctx, action);
  // Above the usual level: who did what by hand has to be found again.
  if (changed) ctx.log.warn({ operator: nameOperator(), command: action.name, result }, "admin");
  console.log(JSON.stringify(result, null, 2));
  return complete ? 0 : 1;
}

async function withContext(work: (ctx: AppContext) => Promise<number>): Promise<number> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const config = readConfig(process.env);
  const log = createLog({ level: config.log.level, name: "admin" }, process.stderr);
  const ctx = createAppContext(config, "admin", { log });
  try {
    return await work(ctx);
  } finally {
    await ctx.close();
  }
}

function isExpected(error: Error): boolean {
  return error instanceof DomainError || error instanceof ConfigError;
}

/** A container may have no name for whoever runs in it. */
function nameOperator(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
