import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { AppContext } from "../app-context.ts";
import type { Chatroom } from "../generated/prisma/client.ts";
import { readInput } from "../platform/input.ts";
import { dropRoomList } from "./room-list-cache.ts";

const CreateChatroomInput = z.object({
  title: z.string().trim().min(1).max(200).nullish(),
  systemPrompt: z.string().trim().min(1).max(8_000).nullish(),
  model: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,100}$/, "is not the name of a model")
    .nullish(),
});

/** @throws {DomainError} `BAD_USER_INPUT` */
export async function createChatroom(ctx: AppContext, userId: string, input: unknown): Promise<Chatroom> {
  const { title, systemPrompt, model } = readInput(CreateChatroomInput, input ?? {});
  const now = ctx.clock.now();
  const room = await ctx.db.chatroom.create({
    data: {
      id: uuidv7(),
      userId,
      title: title ?? "New chat",
      systemPrompt: systemPrompt ?? null,
      model: model ?? ctx.config.gemini.model,
      lastMessageAt: now,
      createdAt: now,
    },
  });
  await dropRoomList(ctx, userId);
  return room;
}
