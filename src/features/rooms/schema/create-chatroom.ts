import { builder } from "../../../graphql/builder.ts";
import { createChatroom } from "../create-chatroom.ts";

const CreateChatroomInput = builder.inputType("CreateChatroomInput", {
  description: "How a new room is set up; everything has a default.",
  fields: (t) => ({
    title: t.string({
      description:
        "What the room is called: one line of at most 200 characters (Unicode code points), in which controls and changes of direction are dropped.",
    }),
    systemPrompt: t.string({
      description: "What the model is told before the conversation, at most 8,000 UTF-16 code units.",
    }),
    model: t.string({
      description:
        "The model that answers here, one of those that the server offers, else `MODEL_NOT_ALLOWED`; without it, the server's default of the day.",
    }),
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
