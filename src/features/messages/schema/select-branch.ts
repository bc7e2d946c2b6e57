import { builder } from "../../../graphql/builder.ts";
import { selectBranch, type SelectedBranch } from "../select-branch.ts";
import { MessageType } from "./message.ts";

const SelectBranchInput = builder.inputType("SelectBranchInput", {
  description: "Which branch to show.",
  fields: (t) => ({
    messageId: t.id({
      required: true,
      description: "A message of the branch, such as `Siblings.nextId`. It need not be the last one.",
    }),
    expectedLeafId: t.id({
      description:
        "`Chatroom.leaf` as the client knows it. The call fails with `CONFLICT` when the room has another that is not on the branch.",
    }),
  }),
});

const SelectBranchPayload = builder.objectRef<SelectedBranch>("SelectBranchPayload").implement({
  description: "The branch that was selected.",
  fields: (t) => ({
    message: t.expose("message", { type: MessageType, description: "The message that was named." }),
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "Its room: `leaf` and `messages` are those of the branch.",
      resolve: (_query, { chatroom }) => chatroom,
    }),
  }),
});

builder.mutationField("selectBranch", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: SelectBranchPayload,
    description:
      "Makes a branch through a message the active one: `Chatroom.leaf` becomes the leaf at which the room was when it last left that message's branches, or else the newest leaf there. Every device learns of it by `accountChanged`. A running reply goes on on its own branch. Fails with `CONFLICT`.",
    args: { input: t.arg({ type: SelectBranchInput, required: true, description: "Which branch to show." }) },
    resolve: (_root, { input }, { app, viewer }) => selectBranch(app, viewer.userId, input),
  }),
);
