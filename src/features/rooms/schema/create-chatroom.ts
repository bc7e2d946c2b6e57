import { builder } from "../../../graphql/builder.ts";
import { createChatroom } from "../create-chatroom.ts";

const CreateChatroomInput = builder.inputType("CreateChatroomInput", {
  description: "The settings of a new room; each has a default.",
  fields: (t) => ({
    title: t.string({
      description:
        "What the room is called: one line of at most 200 characters (Unicode code points), without control characters and changes of direction, which are dropped. Without one the first message gives the room its title.",
    }),
    systemPrompt: t.string({
      description: "The instructions that the model gets before the conversation, at most 8,000 UTF-16 code units.",
    }),
    modelId: t.id({
      description:
        "The model that answers in this room, one of `models`; fails with `MODEL_NOT_ALLOWED` for one that the server does not offer or the plan does not cover, and with `MODEL_RETIRED`. Without it the default of the day answers.",
    }),
    settings: t.field({
      type: "RoomSettingsInput",
      description: "What the model is asked for in this room; fails with `UNSUPPORTED` for what the model lacks.",
    }),
    model: t.string({ deprecationReason: "Use `modelId`.", description: "The same as `modelId`." }),
  }),
});

builder.mutationField("createChatroom", (t) =>
  t.withAuth({ signedIn: true }).prismaField({
    type: "Chatroom",
    description: "Opens a room.",
    args: { input: t.arg({ type: CreateChatroomInput, description: "How it is set up." }) },
    resolve: (_query, _root, { input }, { app, viewer }) => createChatroom(app, viewer.userId, input),
  }),
);
