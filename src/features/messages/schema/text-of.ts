import type { Message } from "../../../generated/prisma/client.ts";
import type { RequestContext } from "../../../graphql/context.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { keepFromCache } from "../../../graphql/uncacheable.ts";
import { createRunningTextLoader, hasDraft, isInProgress } from "../load-running-texts.ts";
import { createTextLoader, isUnread } from "../load-messages.ts";

const textsOf = perRequest(({ app }) => createTextLoader(app));
const runningTextsOf = perRequest(({ app }) => createRunningTextLoader(app));

/** What `textOf` looks at. */
export const TEXT_COLUMNS = ["id", "role", "status", "attempt", "draftAttempt", "content"] satisfies (keyof Message)[];

/**
 * The text of a message, which is read with those of others where only the rest of it was. Of a reply in progress, the text
 * so far.
 */
export function textOf(message: Message, context: RequestContext): string | Promise<string> {
  if (isInProgress(message)) {
    keepFromCache(context);
    return readRunning(message, context);
  }
  return storedText(message, context);
}

async function readRunning(message: Message, context: RequestContext): Promise<string> {
  const text = await runningTextsOf(context).load(message);
  return text === "" && hasDraft(message) ? storedText(message, context) : text;
}

const storedText = (message: Message, context: RequestContext): string | Promise<string> =>
  isUnread(message) ? textsOf(context).load(message.id) : message.content;
