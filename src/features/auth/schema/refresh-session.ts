import { builder } from "../../../graphql/builder.ts";
import { refreshSession } from "../refresh-session.ts";
import { AuthPayload } from "./auth-payload.ts";

builder.mutationField("refreshSession", (t) =>
  t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Exchanges a refresh token for new tokens and spends it; the session lasts 30 more days. A spent token leads to the same new one once within 30 seconds, so that two tabs may refresh at once and a lost answer may be repeated. Later, from another network or device, or a second time, it ends the session, because somebody else must hold one of its tokens. Needs no access token. Fails with `UNAUTHENTICATED` when the session has ended.",
    args: {
      refreshToken: t.arg.string({
        required: true,
        description: "The newest refresh token of the session, from `AuthPayload.refreshToken`.",
      }),
    },
    resolve: (_root, { refreshToken }, { app, device }) => refreshSession(app, refreshToken, device),
  }),
);
