import {
  getNamedType,
  GraphQLBoolean,
  GraphQLObjectType,
  GraphQLSchema,
  isIntrospectionType,
  isObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { assertRulesStated } from "../../src/graphql/assert-rules-stated.ts";
import { schema } from "../../src/http/graphql/schema.ts";

/** The operations that anybody may run: each is a decision. Everything else needs a signed-in user. */
const PUBLIC = [
  "Mutation.refreshSession",
  "Mutation.resetPassword",
  "Mutation.sendOtp",
  "Mutation.signIn",
  "Mutation.verifyOtp",
  "Query.me",
];

/**
 * The fields that lead from one thing to another. Whoever has the first is shown the second, so each of these says why
 * both belong to the same person; an operation's own rule guards the way to the first.
 */
const WAYS: Readonly<Record<string, string>> = {
  "AccountSnapshot.user": "the signed-in user, whose feed it is",
  "PlanChanged.user": "the signed-in user, whose feed it is",
  "ProfileChanged.user": "the signed-in user, whose feed it is",
  "RoomChanged.chatroom": "by its id and the signed-in user's",
  "SessionOpened.session": "by its id and the signed-in user's",
  "UsageChanged.user": "the signed-in user, whose feed it is",
  "AuthPayload.session": "the session that was just opened",
  "AuthPayload.user": "who just signed in",
  "User.sessions": "the user's own, by their `userId`",
  "User.securityEvents": "the user's own, by their `userId`",
  "User.subscription": "the user's own, by their id",
  "Usage.days": "counted by the same user's id",
  "User.usage": "counted by the user's id",
  "Chatroom.activeReply": "a message of the room",
  "Chatroom.context": "read from the room's own messages",
  "Chatroom.firstUnread": "a message of the room",
  "ContextUse.cutBefore": "a message of the room",
  "ContextUse.summarizedUpTo": "a message of the room",
  "MarkReadPayload.chatroom": "what was just changed",
  "MarkUnreadPayload.chatroom": "what was just changed",
  "Chatroom.leaf": "a message of the room",
  "Chatroom.messages": "messages of the room",
  "Chatroom.tree": "messages of the room",
  "ForkChatroomPayload.chatroom": "what was just opened, of the user's own",
  "Chatroom.settings": "a part of the room",
  "Message.fallbackFrom": "of the server's catalogue",
  "Message.settings": "a part of the message",
  "Chatroom.model": "of the server's catalogue, which is nobody's",
  "Model.replacedBy": "of the same catalogue",
  "Message.chatroom": "the room of the message",
  "Message.citations": "a part of the message",
  "Message.tokens": "a part of the message",
  "Message.parent": "always a message of the same room",
  "Message.reply": "always a message of the same room",
  "Message.siblings": "a part of the message",
  "Message.error": "a part of the message",
  "Message.rating": "a part of the message",
  "ReplyChunk.message": "the reply that is followed",
  "ReplyChunk.thought": "of the reply that is followed",
  "ReplyChunk.activities": "of the reply that is followed",
  "Activity.part": "what the activity itself is",
  "Activity.citations": "what the activity itself is",
  "Citation.sources": "pages of the web, which are nobody's",
  "SearchPart.sources": "pages of the web, which are nobody's",
  "CancelQueuedPayload.message": "what was just cancelled",
  "CancelQueuedPayload.chatroom": "its room",
  "Chatroom.queue": "messages of the room",
  "ResumeQueuePayload.chatroom": "the room that was named",
  "ResumeQueuePayload.message": "a message of that room",
  "ResumeQueuePayload.reply": "its reply, in the same room",
  "SendMessagePayload.chatroom": "the room of what was just sent",
  "UpdateQueuedPayload.message": "what was just changed",
  "UpdateQueuedPayload.chatroom": "its room",
  "SelectBranchPayload.message": "the user's own, which was named",
  "SelectBranchPayload.chatroom": "its room",
  "DeleteMessagePayload.chatroom": "the room of what was deleted",
  "RegenerateReplyPayload.message": "the question of the user's own",
  "RegenerateReplyPayload.reply": "its reply, in the same room",
  "RegenerateReplyPayload.replyEdge": "the same reply",
  "RegenerateReplyPayload.chatroom": "their room",
  "SendMessagePayload.messageEdge": "what was just sent",
  "SendMessagePayload.replyEdge": "its reply, in the same room",
  "SendMessagePayload.message": "what was just sent",
  "SendMessagePayload.reply": "its reply, in the same room",
  "RestoreChatroomPayload.chatroom": "what was just restored",
  "RateReplyPayload.message": "what was just rated",
  "UpdateChatroomPayload.chatroom": "what was just changed",
};

test("every operation states who may run it, and those for everybody are the known ones", () => {
  const open = operationsOf(schema).filter(({ rule }) => JSON.stringify(rule) !== '{"signedIn":true}');
  expect(open.map(({ name, rule }) => [name, rule])).toEqual(PUBLIC.map((name) => [name, { public: true }]));
});

test("a schema with an operation that states no rule, or an empty one, is refused", () => {
  const field = (pothosOptions: object) => ({ type: GraphQLBoolean, extensions: { pothosOptions } });
  const root = (name: string, fields: Record<string, object>) =>
    new GraphQLObjectType({
      name,
      fields: Object.fromEntries(Object.entries(fields).map(([key, options]) => [key, field(options)])),
    });
  const sample = new GraphQLSchema({
    query: root("Query", { stated: { authScopes: { public: true } }, forgotten: {} }),
    mutation: root("Mutation", { empty: { authScopes: {} }, computed: { authScopes: () => ({ signedIn: true }) } }),
    subscription: root("Subscription", { silent: { authScopes: undefined } }),
  });
  expect(() => assertRulesStated(sample)).toThrow(
    "No authScopes are stated for Query.forgotten, Mutation.empty, Subscription.silent",
  );
});

test("every way from one thing to another is known to stay with its owner", () => {
  expect(waysIn(schema).filter((way) => !(way in WAYS))).toEqual([]);
});

function rootsOf(inspected: GraphQLSchema): GraphQLObjectType[] {
  const roots = [inspected.getMutationType(), inspected.getQueryType(), inspected.getSubscriptionType()];
  return roots.filter((root) => root !== null && root !== undefined);
}

function operationsOf(inspected: GraphQLSchema): { name: string; rule: unknown }[] {
  return rootsOf(inspected).flatMap((root) =>
    Object.values(root.getFields()).map((field) => ({
      name: `${root.name}.${field.name}`,
      rule: (field.extensions["pothosOptions"] as { authScopes?: unknown }).authScopes,
    })),
  );
}

/** Fields of objects that hold objects, but for those of connections, which hold what their field says. */
function waysIn(inspected: GraphQLSchema): string[] {
  const roots = rootsOf(inspected);
  return Object.values(inspected.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || isIntrospectionType(type) || roots.includes(type)) return [];
    if (/(Connection|Edge)$/.test(type.name)) return [];
    return Object.values(type.getFields())
      .filter((field) => isObjectType(getNamedType(field.type)))
      .map((field) => `${type.name}.${field.name}`);
  });
}
