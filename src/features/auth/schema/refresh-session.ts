import { builder } from "../../../graphql/builder.ts";
import { refreshSession } from "../refresh-session.ts";
import { AuthPayload } from "./auth-payload.ts";

builder.mutationField("refreshSession", (t) =>
  t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "New tokens for a refresh token, which is spent by that; the session lasts 30 more days. Presenting a spent token again leads to the same new one for 30 seconds, so that two tabs may refresh at once and a lost answer may be asked for again, once; later, from another network or device, or a second time it ends the session, as somebody else must hold a token of it. Needs no access token. Fails with `UNAUTHENTICATED` when the session is over.",
    args: {
      refreshToken: t.arg.string({
        required: true,
        description: "The newest refresh token of the session, from `AuthPayload.refreshToken`.",
      }),
    },
    resolve: (_root, { refreshToken }, { app, device }) => refreshSession(app, refreshToken, device),
  }),
);
