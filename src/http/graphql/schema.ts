import "../../features/activity/schema.ts";
import "../../features/account/schema.ts";
import "../../features/auth/schema.ts";
import "../../features/billing/schema.ts";
import "../../features/messages/schema/chatroom-messages.ts";
import "../../features/messages/schema/message-added.ts";
import "../../features/messages/schema/message-query.ts";
import "../../features/rooms/schema/chatroom-queries.ts";
import "../../features/rooms/schema/create-chatroom.ts";
import "../../features/turns/schema/retry-reply.ts";
import "../../features/turns/schema/send-message.ts";
import "../../features/replies/schema/reply-stream.ts";
import "../../features/replies/schema/stop-reply.ts";
import "../../features/usage/schema.ts";
import { assertRulesStated } from "../../graphql/assert-rules-stated.ts";
import { builder } from "../../graphql/builder.ts";

/** The API's schema, put together from the features' parts. No process starts with one that forgets a rule. */
export const schema = assertRulesStated(builder.toSchema({ sortSchema: true }));
