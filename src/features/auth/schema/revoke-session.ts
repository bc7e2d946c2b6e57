import { builder } from "../../../graphql/builder.ts";
import { revokeSession } from "../revoke-sessions.ts";

builder.mutationField("revokeSession", (t) =>
  t.withAuth({ signedIn: true }).boolean({
    description: "Signs one of the user's devices out. Fails with `NOT_FOUND` for anybody else's session.",
    args: { id: t.arg.id({ required: true, description: "The session to end." }) },
    resolve: (_root, { id }, { app, viewer, device }) => revokeSession(app, viewer.userId, id, device),
  }),
);
