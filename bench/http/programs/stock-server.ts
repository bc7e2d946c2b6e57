import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import SchemaBuilder from "@pothos/core";
import PrismaPlugin from "@pothos/plugin-prisma";
import RelayPlugin from "@pothos/plugin-relay";
import { PrismaPg } from "@prisma/adapter-pg";
import { Queue } from "bullmq";
import { createYoga } from "graphql-yoga";
import { Redis } from "ioredis";
import { PrismaClient, type Message } from "../../../src/generated/prisma/client.ts";
import type PrismaTypes from "../../../src/generated/pothos.ts";
import { getDatamodel } from "../../../src/generated/pothos.ts";
import { serve } from "../../_support/serve.ts";
import { createTokenCheck } from "../check-token.ts";

/**
 * What somebody writes who takes the libraries as their manuals have them: Yoga, Pothos with its Prisma plugin, and
 * Prisma. The same fields, the same session check, the same charge, transaction and queue as the others.
 */
const { DATABASE_URL = "", DATABASE_POOL = "", REDIS_URL = "", JWT_SECRET = "" } = process.env;
const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL) }) });
const queue = new Queue("stock", { connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }) });
const checkToken = createTokenCheck(JWT_SECRET);

const builder = new SchemaBuilder<{ PrismaTypes: PrismaTypes; Context: { userId: string } }>({
  plugins: [PrismaPlugin, RelayPlugin],
  prisma: { client: db, dmmf: getDatamodel() },
  relay: {},
});

const MessageType = builder.prismaObject("Message", {
  fields: (t) => ({
    id: t.exposeID("id"),
    role: t.exposeString("role"),
    content: t.exposeString("content"),
    status: t.exposeString("status"),
    createdAt: t.string({ resolve: ({ createdAt }) => createdAt.toISOString() }),
  }),
});

/** The end of a conversation: the reply, and what it answers. One selection for both fields, so that it is one query. */
const ENDING = { messages: { orderBy: { depth: "desc" }, take: 2 } } as const;
const isRunning = ({ status }: Message): boolean => status === "PENDING" || status === "STREAMING";

builder.prismaObject("Chatroom", {
  fields: (t) => ({
    id: t.exposeID("id"),
    title: t.exposeString("title"),
    lastMessageAt: t.string({ resolve: ({ lastMessageAt }) => lastMessageAt.toISOString() }),
    lastMessagePreview: t.string({
      nullable: true,
      select: ENDING,
      resolve: ({ messages }) =>
        messages
          .find(({ content }) => content !== "")
          ?.content.slice(0, 140)
          .trim() ?? null,
    }),
    activeReply: t.field({
      type: MessageType,
      nullable: true,
      select: ENDING,
      resolve: ({ messages }) => messages.find(isRunning) ?? null,
    }),
    messages: t.relatedConnection("messages", { cursor: "id", query: { orderBy: { depth: "asc" } } }),
  }),
});

builder.queryType({
  fields: (t) => ({
    chatrooms: t.prismaConnection({
      type: "Chatroom",
      cursor: "id",
      resolve: (query, _root, _args, { userId }) =>
        db.chatroom.findMany({
          ...query,
          where: { userId, deletedAt: null },
          orderBy: [{ lastMessageAt: "desc" }, { id: "desc" }],
        }),
    }),
    chatroom: t.prismaField({
      type: "Chatroom",
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (query, _root, { id }, { userId }) =>
        db.chatroom.findFirst({ ...query, where: { id, userId, deletedAt: null } }),
    }),
  }),
});

type Sent = { message: Message; reply: Message };

const SentType = builder.objectRef<Sent>("SentMessage").implement({
  fields: (t) => ({
    message: t.field({ type: MessageType, resolve: ({ message }) => message }),
    reply: t.field({ type: MessageType, resolve: ({ reply }) => reply }),
  }),
});

const SendInput = builder.inputType("SendMessageInput", {
  fields: (t) => ({ chatroomId: t.id({ required: true }), content: t.string({ required: true }) }),
});

builder.mutationType({
  fields: (t) => ({
    sendMessage: t.field({
      type: SentType,
      args: { input: t.arg({ type: SendInput, required: true }) },
      async resolve(_root, { input: { chatroomId, content } }, { userId }) {
        const sent = await send(userId, chatroomId, content);
        await queue.add("generate-reply", { replyId: sent.reply.id }, { removeOnComplete: true });
        return sent;
      },
    }),
  }),
});

const send = (userId: string, roomId: string, content: string): Promise<Sent> =>
  db.$transaction(async (tx) => {
    const room = await tx.chatroom.findFirstOrThrow({ where: { id: roomId, userId, deletedAt: null } });
    const seq = room.seq + 1;
    const day = new Date();
    day.setUTCHours(0, 0, 0, 0);
    await tx.usage.upsert({
      where: { userId_day: { userId, day } },
      create: { userId, day, messages: 1 },
      update: { messages: { increment: 1 } },
    });
    const said = {
      chatroomId: roomId,
      parentId: room.activeLeafId,
      depth: seq - 1,
      role: "USER",
      content,
      seq,
    } as const;
    const message = await tx.message.create({ data: { id: randomUUID(), ...said, status: "COMPLETE" } });
    const answer = { chatroomId: roomId, parentId: message.id, depth: seq, role: "ASSISTANT", content: "" } as const;
    const reply = await tx.message.create({
      data: { id: randomUUID(), ...answer, status: "PENDING", chargedOn: day, userId },
    });
    await tx.chatroom.update({
      where: { id: roomId },
      data: { seq, activeLeafId: reply.id, lastMessageAt: message.createdAt },
    });
    return { message, reply };
  });

const yoga = createYoga({
  logging: false,
  schema: builder.toSchema(),
  async context({ request }) {
    const id = await checkToken(request.headers.get("authorization"));
    const session = await db.session.findUnique({ where: { id } });
    if (!session || session.revokedAt || session.expiresAt <= new Date()) throw new Error("the session is over");
    return { userId: session.userId };
  },
});

await serve(
  createServer((request, response) => void yoga(request, response)),
  () => db.$disconnect(),
);
