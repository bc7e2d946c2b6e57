import type { ServerResponse } from "node:http";
import type { Plugin } from "graphql-yoga";
import type { RequestContext } from "../../graphql/context.ts";
import type { Exchange } from "../graphql/request-context.ts";
import type { HttpParts } from "../parts.ts";
import { deliverText } from "./deliver-text.ts";

/** Answers up to this go out at once, and cost nothing beside their request, in UTF-16 code units. */
const SHORT = 64 * 1024;

type Answer = Readonly<{ status: number; headers: Readonly<Record<string, string>>; text: string }>;

export const readAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  text: await response.text(),
});

/**
 * @returns sends an answer in pieces if it is long, and says whether it is. What it has of bytes counts: towards the budgets
 *   of requests, and, as long as it waits for its client, towards what may wait for the address and the user
 */
export function createLongAnswer({
  app: { logger },
  budgets,
  readAddress,
}: HttpParts): (exchange: Exchange, answer: Answer, userId: string | undefined) => Promise<boolean> {
  return async ({ req, res }, { status, headers, text }, userId) => {
    if (text.length <= SHORT || res.destroyed) return false;
    const bytes = Buffer.byteLength(text);
    const from = { ip: readAddress(req), userId };
    await budgets.chargeAnswer(from, bytes);
    const release = budgets.holdAnswer(from, bytes);
    const onSlow = () => logger.info({ userId }, "closed a slow consumer");
    if (!release) {
      onSlow();
      res.destroy();
      return true;
    }
    res.once("close", release);
    res.writeHead(status, { ...headers, "content-length": bytes });
    await deliverText(res, text, { onSlow });
    return true;
  };
}

/** A Yoga plugin that sends long answers in pieces. */
export function createLongAnswers(parts: HttpParts): Plugin<RequestContext, Partial<Exchange>> {
  const users = new WeakMap<ServerResponse, string>();
  const answerLong = createLongAnswer(parts);
  return {
    onExecute({ args: { contextValue } }) {
      const { res, viewer } = contextValue as RequestContext & Partial<Exchange>;
      if (res && viewer) users.set(res, viewer.userId);
    },
    async onResponse({ response, serverContext: { req, res } }) {
      if (!req || !res) return;
      // Yoga finds a long one ended.
      await answerLong({ req, res }, await readAnswer(response), users.get(res));
    },
  };
}
