import { pino, stdTimeFunctions, type DestinationStream, type Logger } from "pino";
import { createGatheredOutput } from "./gathered-output.ts";

export type { Logger };

/** Never logged, at any depth: secrets, codes and users' texts. */
const REDACTED = [
  "authorization",
  "accessToken",
  "refreshToken",
  "code",
  "content",
  "text",
  "password",
  "apiKey",
  "prompt",
];

/**
 * Structured logs, one JSON object a line.
 *
 * @param destination standard output by default
 */
export function createLogger(
  options: { level: string; name: string },
  destination: DestinationStream = createGatheredOutput(),
): Logger {
  const settings = {
    name: options.name,
    level: options.level,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => describeError(error) },
    redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
  };
  return pino(settings, destination);
}

/** An error in the log. `errorCode` is its `code`, which is a one-time password elsewhere. */
type LoggedError = { type: string; message: string; errorCode?: string | number; stack: string; cause?: unknown };

const MAX_CAUSES = 5;

/**
 * The error's own words and nothing it carries: PostgreSQL quotes the row that was refused, Prisma the call's
 * arguments, and ioredis the command's, with all that people wrote.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return describeOther(error);
  const type = error.constructor.name;
  const message = wordsOf(error);
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  const described: LoggedError = { type, message, stack: [`${type}: ${message}`, ...frames].join("\n") };
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string" || typeof code === "number") described.errorCode = code;
  if (error.cause !== undefined && depth < MAX_CAUSES) described.cause = describeError(error.cause, depth + 1);
  return described;
}

function describeOther(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null) return thrown;
  return { type: "object", message: "message" in thrown ? thrown.message : undefined };
}

/** Prisma's last line has the error; the lines above show the call. */
function wordsOf(error: Error): string {
  if (!error.name.startsWith("PrismaClient")) return error.message;
  return error.message.trim().split("\n").at(-1) ?? "";
}
