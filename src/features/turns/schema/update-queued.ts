import type { Message } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { roomOf } from "../room-of.ts";
import { MAX_MESSAGE_LENGTH } from "../send-message.ts";
import { updateQueued } from "../update-queued.ts";

const UpdateQueuedInput = builder.inputType("UpdateQueuedInput", {
  description: "What to change of a queued message: what is left out stays as it is.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The queued message." }),
    content: t.string({ description: `The new text, at most ${MAX_MESSAGE_LENGTH} UTF-16 code units.` }),
    modelId: t.id({
      description:
        "The model that answers the message, one of `models`; null for the room's. Fails with `MODEL_NOT_ALLOWED` or `MODEL_RETIRED`.",
    }),
    settings: t.field({
      type: "RoomSettingsInput",
      description:
        "What is to be different from the message's present settings; null for the room's. Fails with `UNSUPPORTED` for what the model lacks.",
    }),
  }),
});

const UpdateQueuedPayload = builder.objectRef<{ message: Message }>("UpdateQueuedPayload").implement({
  description: "The message that was changed.",
  fields: (t) => ({
    message: t.expose("message", { type: "Message", description: "The message as it is now, still in the queue." }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "Its room as it is now.",
      resolve: (_query, { message }, _args, { app }) => roomOf(app, message.chatroomId),
    }),
  }),
});

builder.mutationField("updateQueued", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: UpdateQueuedPayload,
    description:
      "Changes a message in a room's queue, which keeps its turn. Fails with `CONFLICT` for one that was taken up already, and with `QUOTA_EXCEEDED` for a model that the day's budget does not allow.",
    args: {
      input: t.arg({ type: UpdateQueuedInput, required: true, description: "The message, and what to change." }),
    },
    resolve: async (_root, { input }, { app, viewer }) => ({
      message: await updateQueued(app, viewer.userId, { ...input, content: input.content ?? undefined }),
    }),
  }),
);
