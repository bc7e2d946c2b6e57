import { builder } from "../../../graphql/builder.ts";
import { readContextUse, type ContextUse } from "../read-context-use.ts";

/** It is read from the texts of a conversation: a page of rooms with it is not what it is for. */
const COST = 500;

const ContextUseType = builder.objectRef<ContextUse>("ContextUse").implement({
  description:
    "What the model gets of a conversation with its next reply. The room's instructions, the first exchange and the newest messages always stay. When the limit is nearly reached, a summary takes the place of the older messages between them, or, where none could be made, they are left out. The messages themselves stay as they are.",
  fields: (t) => ({
    usedTokens: t.exposeInt("usedTokens", {
      description:
        "About how many tokens the next prompt has before the next message: by the model's last count, or estimated.",
    }),
    limit: t.exposeInt("limit", {
      description: "The longest prompt that the room's model is given, in tokens; the server's operator may limit it.",
    }),
    summarizedUpTo: t.expose("summarizedUpTo", {
      type: "Message",
      nullable: true,
      description:
        "The last message on the active branch that a summary stands for, from behind the first exchange on; null where nothing is summarised.",
    }),
    cutBefore: t.expose("cutBefore", {
      type: "Message",
      nullable: true,
      description:
        "The first message behind a gap: those before it, up to the summary or the first exchange, are left out for want of room. The newest message where no older one fits; null where nothing is left out.",
    }),
  }),
});

builder.prismaObjectField("Chatroom", "context", (t) =>
  t.field({
    type: ContextUseType,
    complexity: COST,
    extensions: { uncacheable: true },
    description: "How much of the conversation the model gets. It changes with `RoomChanged`, like the room.",
    resolve: (room, _args, { app }) => readContextUse(app, room),
  }),
);
