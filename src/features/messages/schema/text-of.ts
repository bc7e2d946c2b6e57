import type { Message } from "../../../generated/prisma/client.ts";
import type { RequestContext } from "../../../graphql/context.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createTextLoader, isUnread } from "../load-messages.ts";

const textsOf = perRequest(({ app }) => createTextLoader(app));

/** The text of a message, which is read with those of others where only the rest of it was. */
export const textOf = (message: Message, context: RequestContext): string | Promise<string> =>
  isUnread(message) ? textsOf(context).load(message.id) : message.content;
