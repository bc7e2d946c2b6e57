import type { Chatroom } from "../../../generated/prisma/client.ts";
import { builder } from "../../../graphql/builder.ts";
import { updateChatroom } from "../update-chatroom.ts";
import { ChatroomType } from "./chatroom.ts";

const UpdateChatroomInput = builder.inputType("UpdateChatroomInput", {
  description: "What to change of a room: what is left out stays as it is, null means the default.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The room to change." }),
    title: t.string({
      description:
        "What the room is called, as for `createChatroom`; null takes the title away: the room is called by its first words again, and the server finds a title if it makes any.",
    }),
    systemPrompt: t.string({
      description:
        "The instructions that the model gets before the conversation, at most 8,000 UTF-16 code units, from the next reply on; null for none.",
    }),
    modelId: t.id({
      description:
        "The model that answers in this room from the next message on, one of `models`; null for the default of the day. Fails with `MODEL_NOT_ALLOWED` or `MODEL_RETIRED`.",
    }),
    settings: t.field({
      type: "RoomSettingsInput",
      description:
        "What the model is asked for in this room, from the next message on; null for all defaults. Fails with `UNSUPPORTED` for what the model lacks. Settings that are not named stay, also under a model that lacks them, which is then asked without.",
    }),
    pinned: t.boolean({ description: "Whether the room is pinned. `chatrooms` lists it where it was all the same." }),
    archived: t.boolean({
      description:
        "Whether the room is in the archive, which `chatrooms` lists only where it is asked for. A message does not take it out.",
    }),
  }),
});

const UpdateChatroomPayload = builder.objectRef<{ chatroom: Chatroom }>("UpdateChatroomPayload").implement({
  description: "The room that was changed.",
  fields: (t) => ({
    chatroom: t.expose("chatroom", { type: ChatroomType, description: "The room as it is now." }),
  }),
});

builder.mutationField("updateChatroom", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: UpdateChatroomPayload,
    description: "Changes a room: its title, its instructions, its model, its settings, or where it is listed.",
    args: { input: t.arg({ type: UpdateChatroomInput, required: true, description: "The room, and what to change." }) },
    resolve: async (_root, { input }, { app, viewer }) => ({
      chatroom: await updateChatroom(app, viewer.userId, input),
    }),
  }),
);
