import { builder } from "../../../graphql/builder.ts";
import { findAnyMessage } from "../find-message.ts";

builder.queryField("message", (t) =>
  t.withAuth({ signedIn: true }).prismaField({
    type: "Message",
    nullable: true,
    description:
      "A message in one of the user's rooms, also one in its queue; fails with `NOT_FOUND` for anybody else's.",
    args: { id: t.arg.id({ required: true, description: "The message's id." }) },
    resolve: (_query, _root, { id }, { app, viewer }) => findAnyMessage(app, viewer.userId, id),
  }),
);
