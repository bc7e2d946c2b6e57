import type { Colloquy } from "./colloquy.ts";
import { newPhone } from "./phones.ts";

type Database = Colloquy["db"];

/** What the owner has. */
export type Things = Readonly<{
  room: string;
  message: string;
  /** A room that no other operation needs. */
  deletable: string;
  /** A message that no other operation needs. */
  useless: string;
  reply: string;
  phone: string;
  strangersPhone: string;
  /** A message in a queue. */
  queued: string;
  /** A reply that can be retried. */
  blocked: string;
  /** One of the owner's sessions, which is over. */
  session: string;
  /** Numbers with the codes that were sent to them. */
  codes: { phone: string; code: string }[];
  /** Of sessions that nobody else uses. */
  refreshTokens: string[];
  /** The number of an account with a password. */
  withPassword: string;
  /** Numbers with accounts of their own, and codes for another password. */
  resetCodes: { phone: string; code: string }[];
  /** What nobody but the owner may see. */
  secrets: readonly string[];
}>;

/** What an operation does for somebody who does not own the things it names. */
export type Rule = Readonly<{
  /** The operation, on the owner's things. */
  document: string;
  /** Names of the owner's things, and values of its own. */
  variables?: (things: Things) => Record<string, unknown>;
  /** `NOT_FOUND` where it names something; `own` where it is about the caller; `anybody` where it is public. */
  stranger: "NOT_FOUND" | "own" | "anybody";
  /** Makes the ground for it. */
  before?: (db: Database, things: Things) => Promise<unknown>;
  /** Where the operations before it have signed everybody out. */
  signInAgain?: true;
}>;

export const CHECKOUT = "mutation { createCheckoutSession { id } }";

/** Every operation there is. One that is added to the schema has to be added here. Those that end a session come last. */
export const RULES: Readonly<Record<string, Rule>> = {
  "Query.me": { document: "{ me { id phone sessions { id } usage { used } } }", stranger: "anybody" },
  "Query.chatroom": {
    document: "query ($room: ID!) { chatroom(id: $room) { title messages(first: 2) { edges { node { content } } } } }",
    variables: (things) => ({ room: things.room }),
    stranger: "NOT_FOUND",
  },
  "Query.chatrooms": { document: "{ chatrooms { edges { node { id title } } } }", stranger: "own" },
  "Query.message": {
    document: "query ($message: ID!) { message(id: $message) { content parent { content } } }",
    variables: (things) => ({ message: things.message }),
    stranger: "NOT_FOUND",
  },
  "Query.node": {
    document: "query ($room: ID!) { node(id: $room) { id ... on Chatroom { title } } }",
    variables: (things) => ({ room: things.room }),
    stranger: "NOT_FOUND",
  },
  "Query.nodes": {
    document: "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Chatroom { title } ... on Message { content } } }",
    variables: (things) => ({ ids: [things.room, things.message] }),
    stranger: "own",
  },
  "Query.models": { document: "{ models { id label } }", stranger: "own" },
  "Subscription.accountChanged": {
    document: "subscription { accountChanged { ... on AccountSnapshot { user { id phone sessions { id } } } } }",
    stranger: "own",
  },
  "Subscription.messageAdded": {
    document: "subscription ($room: ID!, $after: ID) { messageAdded(chatroomId: $room, after: $after) { content } }",
    variables: (things) => ({ room: things.room, after: things.message }),
    stranger: "NOT_FOUND",
  },
  "Subscription.replyStream": {
    document: "subscription ($reply: ID!) { replyStream(messageId: $reply) { text message { content } } }",
    variables: (things) => ({ reply: things.reply }),
    stranger: "NOT_FOUND",
  },
  "Mutation.createChatroom": {
    document: 'mutation { createChatroom(input: { title: "Mine" }) { id } }',
    stranger: "own",
  },
  "Mutation.updateChatroom": {
    document:
      "mutation ($room: ID!) { updateChatroom(input: { id: $room, pinned: true }) { chatroom { title pinnedAt } } }",
    variables: (things) => ({ room: things.room }),
    stranger: "NOT_FOUND",
  },
  "Mutation.rateReply": {
    document:
      'mutation ($reply: ID!) { rateReply(input: { messageId: $reply, value: UP, text: "never tell" }) { message { content rating { text } } } }',
    variables: (things) => ({ reply: things.reply }),
    stranger: "NOT_FOUND",
  },
  "Mutation.markRead": {
    document:
      "mutation ($room: ID!, $reply: ID!) { markRead(input: { chatroomId: $room, messageId: $reply }) { chatroom { title } } }",
    variables: (things) => ({ room: things.room, reply: things.reply }),
    stranger: "NOT_FOUND",
  },
  "Mutation.markUnread": {
    document: "mutation ($room: ID!) { markUnread(chatroomId: $room) { chatroom { title firstUnread { content } } } }",
    variables: (things) => ({ room: things.room }),
    stranger: "NOT_FOUND",
  },
  "Mutation.deleteChatroom": {
    document: "mutation ($room: ID!) { deleteChatroom(id: $room) { id } }",
    variables: (things) => ({ room: things.deletable }),
    stranger: "NOT_FOUND",
  },
  "Mutation.restoreChatroom": {
    document: "mutation ($room: ID!) { restoreChatroom(id: $room) { chatroom { title } } }",
    variables: (things) => ({ room: things.deletable }),
    stranger: "NOT_FOUND",
  },
  "Mutation.stopReply": {
    document: "mutation ($reply: ID!) { stopReply(messageId: $reply) { content status } }",
    variables: (things) => ({ reply: things.reply }),
    stranger: "NOT_FOUND",
  },
  "Mutation.retryReply": {
    document: "mutation ($reply: ID!) { retryReply(messageId: $reply) { content status } }",
    variables: (things) => ({ reply: things.blocked }),
    stranger: "NOT_FOUND",
  },
  "Mutation.sendMessage": {
    document: "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { content } } }",
    variables: (things) => ({ input: { chatroomId: things.room, content: "let me in" } }),
    stranger: "NOT_FOUND",
  },
  "Mutation.editMessage": {
    document: "mutation ($input: EditMessageInput!) { editMessage(input: $input) { message { parent { content } } } }",
    variables: (things) => ({ input: { messageId: things.message, content: "let me in" } }),
    stranger: "NOT_FOUND",
    before: (db, things) => endRunning(db, things.room),
  },
  "Mutation.forkChatroom": {
    document:
      "mutation ($id: ID!) { forkChatroom(input: { messageId: $id }) { chatroom { title messages { edges { node { content } } } } } }",
    variables: (things) => ({ id: things.message }),
    stranger: "NOT_FOUND",
  },
  "Mutation.selectBranch": {
    document:
      "mutation ($reply: ID!) { selectBranch(input: { messageId: $reply }) { message { content } chatroom { title } } }",
    variables: (things) => ({ reply: things.reply }),
    stranger: "NOT_FOUND",
  },
  "Mutation.deleteMessage": {
    document: "mutation ($id: ID!) { deleteMessage(id: $id) { deletedIds chatroom { title } } }",
    variables: (things) => ({ id: things.useless }),
    stranger: "NOT_FOUND",
  },
  "Mutation.regenerateReply": {
    document:
      "mutation ($reply: ID!) { regenerateReply(input: { messageId: $reply }) { message { content } reply { status } } }",
    variables: (things) => ({ reply: things.reply }),
    stranger: "NOT_FOUND",
    before: (db, things) => endRunning(db, things.room),
  },
  "Mutation.updateQueued": {
    document:
      'mutation ($id: ID!) { updateQueued(input: { id: $id, content: "changed" }) { message { content } chatroom { title } } }',
    variables: (things) => ({ id: things.queued }),
    stranger: "NOT_FOUND",
  },
  "Mutation.cancelQueued": {
    document: "mutation ($id: ID!) { cancelQueued(id: $id) { message { content } chatroom { title } } }",
    variables: (things) => ({ id: things.queued }),
    stranger: "NOT_FOUND",
  },
  "Mutation.resumeQueue": {
    document: "mutation ($room: ID!) { resumeQueue(chatroomId: $room) { chatroom { title } message { content } } }",
    variables: (things) => ({ room: things.room }),
    stranger: "NOT_FOUND",
  },
  "Mutation.sendOtp": {
    document: "mutation ($phone: String!) { sendOtp(input: { phone: $phone }) { expiresAt } }",
    variables: () => ({ phone: newPhone() }),
    stranger: "anybody",
  },
  "Mutation.verifyOtp": {
    document: "mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { user { id } } }",
    variables: (things) => ({ input: things.codes.pop() }),
    stranger: "anybody",
  },
  "Mutation.signIn": {
    document: "mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } }",
    variables: (things) => ({ input: { phone: things.withPassword, password: PASSWORD } }),
    stranger: "anybody",
  },
  "Mutation.changePassword": {
    document: "mutation ($password: String!) { changePassword(input: { newPassword: $password }) }",
    variables: () => ({ password: PASSWORD }),
    stranger: "own",
  },
  "Mutation.refreshSession": {
    document: "mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) { user { id } } }",
    variables: (things) => ({ refreshToken: things.refreshTokens.pop() }),
    stranger: "anybody",
  },
  "Mutation.resetPassword": {
    document: "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { user { id } } }",
    variables: (things) => ({ input: { ...things.resetCodes.pop(), newPassword: PASSWORD } }),
    stranger: "anybody",
  },
  "Mutation.revokeSession": {
    document: "mutation ($session: ID!) { revokeSession(id: $session) }",
    variables: (things) => ({ session: things.session }),
    stranger: "NOT_FOUND",
  },
  "Mutation.createBillingPortalSession": {
    document: "mutation { createBillingPortalSession { url } }",
    stranger: "own",
  },
  "Mutation.createCheckoutSession": { document: CHECKOUT, stranger: "own" },
  "Mutation.updateProfile": {
    document: 'mutation { updateProfile(input: { name: "Me" }) { id } }',
    stranger: "own",
  },
  "Mutation.signOut": { document: "mutation { signOut }", stranger: "own" },
  "Mutation.deleteAccount": {
    document: "mutation ($password: String!) { deleteAccount(input: { password: $password }) }",
    variables: () => ({ password: PASSWORD }),
    // A password that is less than a day old does not serve.
    before: (db) => db.user.updateMany({ data: { passwordSetAt: null } }),
    stranger: "own",
    signInAgain: true,
  },
};

export const PASSWORD = "four words, none alike";

/** No worker runs here that would. */
const endRunning = (db: Database, chatroomId: string): Promise<unknown> =>
  db.message.updateMany({ where: { chatroomId, status: "PENDING" }, data: { status: "COMPLETE" } });
