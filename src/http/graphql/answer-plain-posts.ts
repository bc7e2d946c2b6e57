import type { IncomingMessage, ServerResponse } from "node:http";
import type { DocumentNode, ExecutionResult } from "graphql";
import { processRegularResult, type FetchAPI } from "graphql-yoga";
import { assertWithinLimits } from "../../graphql/operation-limits.ts";
import type { HttpParts } from "../parts.ts";
import { noteRequest } from "../request-log.ts";
import { createLongAnswer, readAnswer } from "../streams/long-answers.ts";
import { answerResult, passError } from "./answer-errors.ts";
import { describeOperation } from "./describe-operation.ts";
import { execute } from "./execute.ts";
import { readPlainBody, readPlainHeaders, type PlainOperation } from "./read-plain-post.ts";
import { createRequestContext, type Exchange } from "./request-context.ts";
import { schema } from "./schema.ts";

type Result = ExecutionResult & { stringify?: () => string };
type Outcome = Readonly<{ result: Result; userId?: string | undefined }>;

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

/**
 * Answers what most requests are, a small POST of a query or a mutation that is known to be valid, as Yoga and its plugins
 * would, in the same steps: what they take for a request of any kind is a fifth of the time of a short one. All else is
 * Yoga's.
 *
 * @param options.find knows the documents that are valid
 */
export function answerPlainPosts(
  parts: HttpParts,
  options: { find: (source: string) => DocumentNode | undefined; fetchAPI: FetchAPI; otherwise: Handle },
): Handle {
  const { find, fetchAPI, otherwise } = options;
  const { app, budgets, readAddress } = parts;
  const answerLong = createLongAnswer(parts);

  async function run({ req, res }: Exchange, operation: PlainOperation): Promise<Outcome> {
    try {
      await budgets.takeRequest({ ip: readAddress(req) });
      const contextValue = await createRequestContext(parts, { req, res });
      noteRequest(res, describeOperation(operation.document, operation.operationName) ?? {});
      const args = { schema, ...operation, contextValue };
      assertWithinLimits(args);
      return { result: await execute(args), userId: contextValue.viewer?.userId };
    } catch (error) {
      return { result: { errors: [passError(error)] } };
    }
  }

  async function answer(exchange: Exchange, operation: PlainOperation, type: string): Promise<void> {
    const { res } = exchange;
    const { result: executed, userId } = await run(exchange, operation);
    const result = answerResult(executed, res, app.logger);
    const { status, headers, text } = result.errors
      ? await readAnswer(processRegularResult(result, fetchAPI, type))
      : { status: 200, headers: { "content-type": `${type}; charset=utf-8` }, text: stringify(result) };
    if (res.destroyed || (await answerLong(exchange, { status, headers, text }, userId))) return;
    res.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
    res.end(text);
  }

  return (req, res) => {
    const type = readPlainHeaders(req);
    if (type === null) return otherwise(req, res);
    // By then the parser has given all that has come.
    process.nextTick(() => {
      const operation = readPlainBody(req, find);
      if (!operation) return otherwise(req, res);
      answer({ req, res }, operation, type).catch((error: unknown) => {
        app.logger.error({ err: error }, "could not answer a request");
        if (!res.headersSent)
          res.writeHead(500, { "content-type": "text/plain" }).end("Something broke on the server.\n");
      });
    });
  };
}

const stringify = (result: Result): string => result.stringify?.() ?? JSON.stringify(result);
