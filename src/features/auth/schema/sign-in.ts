import { builder } from "../../../graphql/builder.ts";
import { signIn } from "../sign-in.ts";
import { AuthPayload } from "./auth-payload.ts";

const SignInInput = builder.inputType("SignInInput", {
  description: "A number and its password.",
  fields: (t) => ({
    phone: t.string({ required: true, description: "The number that the person signed up with." }),
    password: t.string({ required: true, description: "The password as it was set." }),
  }),
});

builder.mutationField("signIn", (t) =>
  t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Signs in with a password. Fails with `CREDENTIALS_INVALID`, whether the number is unknown, has no password or another one, and with `RATE_LIMITED` after too many wrong passwords; signing in with a code stays possible.",
    args: { input: t.arg({ type: SignInInput, required: true, description: "The number and its password." }) },
    resolve: (_root, { input }, { app, device }) => signIn(app, input, device),
  }),
);
