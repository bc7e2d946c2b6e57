import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";
import { readInput } from "../../platform/input.ts";
import { isForeignKeyViolation } from "../../platform/postgres/is-foreign-key-violation.ts";
import { assertModelAllowed } from "../../platform/gemini/model-names.ts";
import { lineOf, textOf } from "../../platform/text/text.ts";
import { roomChanged } from "./room-changed.ts";

const CreateChatroomInput = z.object({
  title: lineOf(200).nullish(),
  systemPrompt: textOf(8_000).trim().nullish(),
  model: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,100}$/, "is not the name of a model")
    .nullish(),
});

/** @throws {DomainError} `BAD_USER_INPUT`; `UNAUTHENTICATED` when the user is gone by now; `MODEL_NOT_ALLOWED` for a model that the settings do not offer */
export async function createChatroom(
  ctx: AppContext,
  userId: string,
  input?: z.input<typeof CreateChatroomInput> | null,
): Promise<Chatroom> {
  const { title, systemPrompt, model } = readInput(CreateChatroomInput, input ?? {});
  if (model) assertModelAllowed(ctx.config.gemini, model, "model");
  const now = ctx.clock.now();
  const data = {
    id: uuidv7(),
    userId,
    title: title ?? "New chat",
    systemPrompt: systemPrompt ?? null,
    model: model ?? null,
    lastMessageAt: now,
    createdAt: now,
  };
  const room = await ctx.db.chatroom.create({ data }).catch((error: unknown) => {
    throw isForeignKeyViolation(error) ? new DomainError("UNAUTHENTICATED") : error;
  });
  await roomChanged(ctx, userId);
  return room;
}
