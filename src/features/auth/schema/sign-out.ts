import { builder } from "../../../graphql/builder.ts";
import { revokeSessions } from "../revoke-sessions.ts";

builder.mutationField("signOut", (t) =>
  t.withAuth({ signedIn: true }).boolean({
    description: "Ends this session: its tokens stop working, and its connections close, on every process.",
    args: {
      everywhere: t.arg.boolean({
        defaultValue: false,
        description: "Ends all of the user's sessions, on every device.",
      }),
    },
    resolve: async (_root, { everywhere }, { app, viewer, device }) =>
      (await revokeSessions(app, viewer.userId, device, everywhere ? {} : { id: viewer.sessionId })) > 0,
  }),
);
