import { userInfo } from "node:os";
import { createAppContext, type AppContext } from "../../../app-context.ts";
import { ConfigError, readConfig } from "../../../config.ts";
import { DomainError } from "../../../errors.ts";
import { createLogger } from "../../../platform/logger.ts";
import { readCommand, USAGE, UsageError, type Action } from "./read-command.ts";
import { runCommand } from "./run-command.ts";

/** What a command reads and writes of its process. */
export type AdminProcess = Readonly<{
  env: NodeJS.ProcessEnv;
  /** Takes the result, as JSON. */
  stdout: Output;
  /** Receives the log and error messages. */
  stderr: Output;
}>;

type Output = Readonly<{ write(text: string): void }>;

/**
 * Runs one command.
 *
 * @returns the exit code: 0 when all is done, 1 when something was refused or failed, 2 for an unknown command
 */
export async function runAdmin(args: readonly string[], process: AdminProcess): Promise<number> {
  try {
    const command = readCommand(args, new Date());
    if (command.name === "help") {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    return await withContext(process, (ctx) => run(ctx, command, process.stdout));
  } catch (error) {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    else if (error instanceof Error) process.stderr.write(`${isExpected(error) ? error.message : error.stack}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function withContext({ env, stderr }: AdminProcess, work: (ctx: AppContext) => Promise<number>): Promise<number> {
  const config = readConfig(env);
  const logger = createLogger({ level: config.log.level, name: "admin" }, stderr);
  const ctx = createAppContext(config, "admin", { logger });
  try {
    return await work(ctx);
  } finally {
    await ctx.close();
  }
}

async function run(ctx: AppContext, action: Action, stdout: Output): Promise<number> {
  const { result, changed, complete } = await runCommand(ctx, action);
  // Above the usual level: who did what by hand has to be found again.
  if (changed) ctx.logger.warn({ operator: nameOperator(), command: action.name, result }, "admin");
  stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  return complete ? 0 : 1;
}

function isExpected(error: Error): boolean {
  return error instanceof DomainError || error instanceof ConfigError;
}

/** A container may have no name for its user. */
function nameOperator(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
