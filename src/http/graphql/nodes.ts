import DataLoader from "dataloader";
import { DomainError } from "../../errors.ts";
import { SessionType } from "../../features/auth/schema/session.ts";
import { UserType } from "../../features/auth/schema/user.ts";
import { findMessageNodes } from "../../features/messages/schema/message-nodes.ts";
import { MessageType } from "../../features/messages/schema/message.ts";
import { ChatroomType } from "../../features/rooms/schema/chatroom.ts";
import { builder } from "../../graphql/builder.ts";
import { viewerOf, type RequestContext } from "../../graphql/context.ts";
import { perRequest } from "../../graphql/per-request.ts";
import { Id } from "../../platform/input.ts";

const MAX_IDS = 100;
/** The cost of a read by id, beside the selection: any node may hold a long text. */
const READ_COST = 50;

type Found = { id: string; __typename: "User" | "Session" | "Chatroom" | "Message" };

const Node = builder.interfaceRef<Found>("Node").implement({
  description: "Something that can be found again by its id alone.",
  resolveType: ({ __typename }) => __typename,
  fields: (t) => ({ id: t.exposeID("id", { description: "Identifies it among all things of all types." }) }),
});

for (const type of [UserType, SessionType, ChatroomType, MessageType]) type.addInterfaces([Node]);

/** What all `node` and `nodes` of an operation name is read together. */
const nodesOf = perRequest(
  (context) => new DataLoader((ids: readonly string[]) => findNodes(context, ids), { cache: false }),
);

/**
 * @param ids any texts
 * @returns what each names of the viewer's own things, or null
 */
async function findNodes(context: RequestContext, ids: readonly string[]): Promise<(Found | null)[]> {
  const { db, clock } = context.app;
  const { userId } = viewerOf(context);
  const id = { in: ids.flatMap((text) => Id.safeParse(text).data ?? []) };
  const live = { revokedAt: null, expiresAt: { gt: clock.now() } };
  const found = await Promise.all([
    db.user.findMany({ where: { AND: [{ id }, { id: userId }] } }).then(named("User")),
    db.session.findMany({ where: { id, userId, ...live } }).then(named("Session")),
    db.chatroom.findMany({ where: { id, userId, deletedAt: null } }).then(named("Chatroom")),
    findMessageNodes(context, id.in).then(named("Message")),
  ]);
  const nodes = new Map(found.flat().map((node) => [node.id, node]));
  return ids.map((text) => nodes.get(text.toLowerCase()) ?? null);
}

const named =
  (__typename: Found["__typename"]) =>
  (rows: { id: string }[]): Found[] =>
    rows.map((row) => Object.assign(row, { __typename }));

builder.queryFields((t) => ({
  node: t.withAuth({ signedIn: true }).field({
    type: Node,
    nullable: true,
    complexity: READ_COST,
    description:
      "The user themselves, or one of their sessions that are signed in, rooms and messages; fails with `NOT_FOUND` for anything else.",
    args: { id: t.arg.id({ required: true, description: "The `id` of the thing." }) },
    async resolve(_root, { id }, context) {
      const node = await nodesOf(context).load(id);
      if (!node) throw new DomainError("NOT_FOUND", "The user has nothing with this id.");
      return node;
    },
  }),
  nodes: t.withAuth({ signedIn: true }).field({
    type: [Node],
    nullable: { list: false, items: true },
    complexity({ ids }) {
      const count = Math.min(ids.length, MAX_IDS);
      return { field: READ_COST * count, multiplier: count };
    },
    description: "What each of the ids names, in their order, as `node` finds it; null for what `node` fails with.",
    args: {
      ids: t.arg.idList({ required: true, description: `The ids, at most ${MAX_IDS}, else \`BAD_USER_INPUT\`.` }),
    },
    resolve(_root, { ids }, context) {
      if (ids.length > MAX_IDS) {
        throw new DomainError("BAD_USER_INPUT", `ids: must be at most ${MAX_IDS}`, { field: "ids" });
      }
      return Promise.all(ids.map((id) => nodesOf(context).load(id)));
    },
  }),
}));
