import "../../features/account/schema/delete-account.ts";
import "../../features/account/schema/update-profile.ts";
import "../../features/account/schema/user-security-events.ts";
import "../../features/activity/schema/account-changed.ts";
import "../../features/auth/schema/change-password.ts";
import "../../features/auth/schema/me.ts";
import "../../features/auth/schema/refresh-session.ts";
import "../../features/auth/schema/reset-password.ts";
import "../../features/auth/schema/revoke-session.ts";
import "../../features/auth/schema/send-otp.ts";
import "../../features/auth/schema/sign-in.ts";
import "../../features/auth/schema/sign-out.ts";
import "../../features/auth/schema/verify-otp.ts";
import "../../features/billing/schema/create-billing-portal-session.ts";
import "../../features/billing/schema/create-checkout-session.ts";
import "../../features/billing/schema/user-subscription.ts";
import "../../features/messages/schema/chatroom-messages.ts";
import "../../features/messages/schema/chatroom-first-unread.ts";
import "../../features/messages/schema/citation.ts";
import "../../features/messages/schema/mark-read.ts";
import "../../features/messages/schema/mark-unread.ts";
import "../../features/messages/schema/message-added.ts";
import "../../features/messages/schema/message-part.ts";
import "../../features/messages/schema/message-query.ts";
import "../../features/models/schema/chatroom-model.ts";
import "../../features/models/schema/message-model.ts";
import "../../features/models/schema/models-query.ts";
import "../../features/replies/schema/rate-reply.ts";
import "../../features/replies/schema/reply-stream.ts";
import "../../features/replies/schema/stop-reply.ts";
import "../../features/rooms/schema/chatroom-queries.ts";
import "../../features/rooms/schema/create-chatroom.ts";
import "../../features/rooms/schema/restore-chatroom.ts";
import "../../features/rooms/schema/update-chatroom.ts";
import "../../features/turns/schema/delete-chatroom.ts";
import "../../features/turns/schema/retry-reply.ts";
import "../../features/turns/schema/send-message.ts";
import "../../features/usage/schema/user-usage.ts";
import "../../graphql/error-code.ts";
import "./nodes.ts";
import { assertRulesStated } from "../../graphql/assert-rules-stated.ts";
import { builder } from "../../graphql/builder.ts";

/**
 * The API's schema, assembled from the features' schema files. No process starts with an operation that lacks a rule.
 */
export const schema = assertRulesStated(builder.toSchema({ sortSchema: true }));
