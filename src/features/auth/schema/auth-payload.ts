import { builder } from "../../../graphql/builder.ts";
import type { SignedIn } from "../open-session.ts";
import { SessionType } from "./session.ts";
import { UserType } from "./user.ts";

export const AuthPayload = builder.objectRef<SignedIn>("AuthPayload").implement({
  description: "The tokens of a new session. Neither is shown again.",
  fields: (t) => ({
    accessToken: t.exposeString("accessToken", {
      description: "Goes into `Authorization: Bearer …`, and into `connection_init`'s payload under `authorization`.",
    }),
    accessTokenExpiresAt: t.expose("accessTokenExpiresAt", {
      type: "DateTime",
      description: "When the access token stops working.",
    }),
    refreshToken: t.exposeString("refreshToken", {
      description:
        "Gets new tokens, once, with `refreshSession`. Keep it where only your app reads it, and keep only the newest.",
    }),
    session: t.expose("session", { type: SessionType, description: "The session these tokens belong to." }),
    user: t.expose("user", { type: UserType, description: "Who signed in." }),
  }),
});
