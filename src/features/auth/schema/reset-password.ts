import { builder } from "../../../graphql/builder.ts";
import { resetPassword } from "../reset-password.ts";
import { AuthPayload } from "./auth-payload.ts";
import { NEW_PASSWORD } from "./change-password.ts";

const ResetPasswordInput = builder.inputType("ResetPasswordInput", {
  description: "A new password, and the one-time password that allows to set it.",
  fields: (t) => ({
    phone: t.string({ required: true, description: "The number the code was sent to." }),
    code: t.string({ required: true, description: "The six digits, sent for `RESET_PASSWORD`." }),
    newPassword: t.string({ required: true, description: NEW_PASSWORD }),
  }),
});

builder.mutationField("resetPassword", (t) =>
  t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Sets a password with a one-time password for `RESET_PASSWORD`, ends all of the user's sessions and begins a new one. Fails with `OTP_INVALID` or `OTP_EXPIRED`, and with `NOT_FOUND` when the number has no account.",
    args: { input: t.arg({ type: ResetPasswordInput, required: true, description: "The code and the new password." }) },
    resolve: (_root, { input }, { app, device }) => resetPassword(app, input, device),
  }),
);
