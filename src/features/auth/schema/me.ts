import { builder } from "../../../graphql/builder.ts";

builder.queryField("me", (t) =>
  t.prismaField({
    type: "User",
    nullable: true,
    description: "The signed-in user; null without a valid access token.",
    authScopes: { public: true },
    resolve: (query, _root, _args, { app, viewer }) =>
      viewer && app.db.user.findUnique({ ...query, where: { id: viewer.userId } }),
  }),
);
