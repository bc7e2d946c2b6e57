import fc from "fast-check";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ANCHOR_SPAN } from "../../../src/features/messages/anchors.ts";
import { messageCursor, readBranches } from "../../../src/features/messages/read-branches.ts";
import { readPlainPage } from "../../../src/features/messages/read-plain-page.ts";
import { selectBranch } from "../../../src/features/messages/select-branch.ts";
import { finishReply } from "../../../src/features/replies/finish-reply.ts";
import { deleteMessage } from "../../../src/features/turns/delete-message.ts";
import { editMessage } from "../../../src/features/turns/edit-message.ts";
import { regenerateReply } from "../../../src/features/turns/regenerate-reply.ts";
import { sendMessage } from "../../../src/features/turns/send-message.ts";
import type { Message } from "../../../src/generated/prisma/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
/** Two processes of the same user. */
let apps: [CountedApp, CountedApp];

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 0, workers: 0 });
  apps = [await startCountedApp(colloquy.env), await startCountedApp(colloquy.env)];
});
afterAll(async () => {
  for (const app of apps) await app.close();
  await colloquy.close();
});

type Node = { id: string; parent: string | null; lastLeaf: string | null };

/** What a room's tree is to be, in memory. */
class Tree {
  readonly nodes = new Map<string, Node>();
  head: string | null = null;

  /** From a message to the root. */
  pathOf(id: string | null): string[] {
    const path: string[] = [];
    for (let at = id; at !== null; at = this.nodes.get(at)!.parent) path.push(at);
    return path;
  }

  childrenOf(parent: string | null): string[] {
    const children = [...this.nodes.values()].filter((node) => node.parent === parent);
    return children.map(({ id }) => id).toSorted();
  }

  append(id: string, parent: string | null): void {
    this.#leave(parent);
    this.nodes.set(id, { id, parent, lastLeaf: null });
    this.head = id;
  }

  select(id: string): void {
    if (this.pathOf(this.head).includes(id)) return;
    const leaf = this.#leafBelow(id);
    this.#leave(leaf);
    this.head = leaf;
  }

  delete(id: string): void {
    const { parent } = this.nodes.get(id)!;
    const below = [...this.nodes.keys()].filter((each) => this.pathOf(each).includes(id));
    if (below.includes(this.head ?? "")) {
      const sibling = this.childrenOf(parent).findLast((each) => each !== id);
      this.head = sibling === undefined ? parent : this.#leafBelow(sibling);
    }
    for (const each of below) this.nodes.delete(each);
  }

  #leave(to: string | null): void {
    const kept = new Set(this.pathOf(to));
    const left = this.pathOf(this.head).findLast((id) => !kept.has(id));
    if (left !== undefined) this.nodes.get(left)!.lastLeaf = this.head;
  }

  #leafBelow(id: string): string {
    const { lastLeaf } = this.nodes.get(id)!;
    if (lastLeaf !== null && lastLeaf !== id && this.nodes.has(lastLeaf)) return this.#leafBelow(lastLeaf);
    const newest = this.childrenOf(id).at(-1);
    return newest === undefined ? id : this.#leafBelow(newest);
  }
}

const TRUNK = ANCHOR_SPAN * 2 + 6;

/** A room with one long branch. */
async function plant(userId: string): Promise<{ room: string; tree: Tree }> {
  const [room, tree] = [uuidv7(), new Tree()];
  const ids = Array.from({ length: TRUNK }, () => uuidv7());
  for (const [depth, id] of ids.entries()) tree.append(id, ids[depth - 1] ?? null);
  await colloquy.db.chatroom.create({
    data: { id: room, userId, title: "A room", activeLeafId: ids.at(-1)!, seq: TRUNK },
  });
  await colloquy.db.message.createMany({
    data: ids.map((id, depth) => ({
      id,
      chatroomId: room,
      parentId: ids[depth - 1] ?? null,
      anchorId: depth === 0 ? null : ids[Math.floor((depth - 1) / ANCHOR_SPAN) * ANCHOR_SPAN]!,
      depth,
      seq: depth + 1,
      role: depth % 2 === 0 ? ("USER" as const) : ("ASSISTANT" as const),
      status: "COMPLETE" as const,
      content: `message ${depth}`,
    })),
  });
  return { room, tree };
}

const Step = fc.record({
  kind: fc.constantFrom("send", "edit", "edit", "regenerate", "regenerate", "select", "select", "select", "delete"),
  /** Which message: those that are new are more likely. */
  at: fc.double({ min: 0, max: 1, noNaN: true }).map((n) => n ** 3),
  device: fc.constantFrom(0 as const, 1 as const),
  end: fc.constantFrom("COMPLETE" as const, "COMPLETE" as const, "STOPPED" as const, "FAILED" as const),
  /** Another branch is selected while the reply is running. */
  switches: fc.boolean(),
});

test("whatever is sent, edited, regenerated, selected and deleted, ancestors stay and the head is where it should be", async () => {
  const userId = apps[0].client.userId();
  const owner = await colloquy.db.user.findUniqueOrThrow({ where: { id: userId } });
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { minLength: 100, maxLength: 100 }), async (steps) => {
      const { room, tree } = await plant(owner.id);
      for (const [n, step] of steps.entries()) {
        const { ctx } = apps[step.device];
        const known = [...tree.nodes.keys()].toSorted().toReversed();
        const id = known[Math.floor(step.at * known.length)] ?? known[0];
        const target = id === undefined ? null : await colloquy.db.message.findUniqueOrThrow({ where: { id } });
        const reply = await run(step.kind, { ctx, room, target, tree, content: `step ${n}` });
        if (reply) {
          if (step.switches && known[0] !== undefined) {
            const other = known[Math.floor(known.length / 2)]!;
            await selectBranch(apps[step.device === 0 ? 1 : 0].ctx, userId, { messageId: other });
            tree.select(other);
          }
          await finishReply(ctx, { ...reply, userId }, { status: step.end, content: `reply ${n}` });
        }
        const { activeLeafId } = await colloquy.db.chatroom.findUniqueOrThrow({ where: { id: room } });
        expect([n, step.kind, activeLeafId]).toEqual([n, step.kind, tree.head]);
        if (n % 10 === 9) await compare(room, tree);
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );

  type Run = { ctx: CountedApp["ctx"]; room: string; target: Message | null; tree: Tree; content: string };

  /** @returns the reply that is running now */
  async function run(kind: string, { ctx, room, target, tree, content }: Run): Promise<Message | null> {
    if (kind === "send" || target === null) {
      const { message, reply } = await sendMessage(ctx, userId, { chatroomId: room, content });
      tree.append(message.id, tree.head);
      tree.append(reply!.id, message.id);
      return reply;
    }
    const messageId = target.id;
    if (kind === "edit" && target.role === "USER") {
      const { message, reply } = await editMessage(ctx, userId, { messageId, content });
      tree.append(message.id, target.parentId);
      tree.append(reply!.id, message.id);
      return reply;
    }
    if (kind === "edit" || kind === "regenerate") {
      const { reply } = await regenerateReply(ctx, userId, { messageId });
      tree.append(reply.id, target.role === "USER" ? target.id : target.parentId);
      return reply;
    }
    if (kind === "select") {
      await selectBranch(ctx, userId, { messageId });
      tree.select(target.id);
    } else {
      await deleteMessage(ctx, userId, messageId);
      tree.delete(target.id);
    }
    return null;
  }
}, 60_000);

/** All that is stored of a room's tree, and its pages. */
async function compare(room: string, tree: Tree): Promise<void> {
  const rows = await colloquy.db.message.findMany({ where: { chatroomId: room }, orderBy: { id: "asc" } });
  const stored = rows.map(({ id, parentId, depth, anchorId }) => ({ id, parentId, depth, anchorId }));
  const expected = [...tree.nodes.values()].map(({ id, parent }) => {
    const path = tree.pathOf(id).toReversed();
    const depth = path.length - 1;
    const anchorId = depth === 0 ? null : path[Math.floor((depth - 1) / ANCHOR_SPAN) * ANCHOR_SPAN]!;
    return { id, parentId: parent, depth, anchorId };
  });
  expect(stored).toEqual(expected.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
  const path = tree.pathOf(tree.head);
  const pageOf = async (window: Parameters<typeof readBranches>[2]) => {
    const { pageOf: pages } = await readBranches({ db: colloquy.db }, [tree.head], window, 2 ** 20);
    const ids = pages(tree.head).map(({ id }) => id);
    const plain = await readPlainPage({ db: colloquy.db }, { roomId: room, leafId: tree.head!, window }, 2 ** 20);
    if (plain) expect(plain.map(({ id }) => id)).toEqual(ids);
    return ids;
  };
  expect(await pageOf({ limit: 50, inverted: true })).toEqual(path.slice(0, 50));
  const depth = Math.floor(path.length / 2);
  const cursor = messageCursor({ depth } as Message);
  const oldestFirst = path.toReversed();
  expect(await pageOf({ after: cursor, limit: 7, inverted: false })).toEqual(oldestFirst.slice(depth + 1, depth + 8));
  expect(await pageOf({ before: cursor, limit: 7, inverted: true })).toEqual(
    oldestFirst.slice(0, depth).toReversed().slice(0, 7),
  );
}
