import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "graphql-yoga";
import type { RequestContext } from "../../graphql/context.ts";
import type { HttpParts } from "../parts.ts";
import { deliverText } from "./deliver-text.ts";

type Exchange = { req: IncomingMessage; res: ServerResponse };

/** Answers up to this go out at once, and cost nothing beside their request, in UTF-16 code units. */
const SHORT = 64 * 1024;

/**
 * A Yoga plugin that sends long answers in pieces. What they have of bytes counts: towards the budgets of requests, and, as
 * long as it waits for its client, towards what may wait for the address and the user.
 */
export function createLongAnswers({
  app: { logger },
  budgets,
  readAddress,
}: HttpParts): Plugin<RequestContext, Partial<Exchange>> {
  const users = new WeakMap<ServerResponse, string>();
  return {
    onExecute({ args: { contextValue } }) {
      const { res, viewer } = contextValue as RequestContext & Partial<Exchange>;
      if (res && viewer) users.set(res, viewer.userId);
    },
    async onResponse({ response, serverContext: { req, res } }) {
      if (!req || !res) return;
      const text = await response.text();
      if (text.length <= SHORT || res.destroyed) return;
      const bytes = Buffer.byteLength(text);
      const from = { ip: readAddress(req), userId: users.get(res) };
      await budgets.chargeAnswer(from, bytes);
      const release = budgets.holdAnswer(from, bytes);
      const onSlow = () => logger.info({ userId: from.userId }, "closed a slow consumer");
      if (!release) {
        onSlow();
        res.destroy();
        return;
      }
      res.once("close", release);
      res.writeHead(response.status, { ...Object.fromEntries(response.headers), "content-length": bytes });
      // Yoga finds it ended.
      await deliverText(res, text, { onSlow });
    },
  };
}
