import { builder } from "../../../graphql/builder.ts";
import { changePassword } from "../change-password.ts";

/** The description of a new password, for both inputs that set one. */
export const NEW_PASSWORD =
  "The password to set: 8 to 128 characters, whichever they are, but none of the passwords that are tried first.";

const ChangePasswordInput = builder.inputType("ChangePasswordInput", {
  description: "A new password, and the proof that the person wants it.",
  fields: (t) => ({
    currentPassword: t.string({ description: "Must be given where a password is set." }),
    code: t.string({
      description:
        "The six digits of a one-time password for `RESET_PASSWORD`. Must be given for a first password, unless this session signed in within the last 10 minutes.",
    }),
    newPassword: t.string({ required: true, description: NEW_PASSWORD }),
  }),
});

builder.mutationField("changePassword", (t) =>
  t.withAuth({ signedIn: true }).boolean({
    description:
      "Sets the first password or a new one, and ends all other sessions of the user. The proof is the current password; for the first password a code, or a sign-in of this session within the last 10 minutes. Fails with `BAD_USER_INPUT` whose `field` names the missing proof, with `CREDENTIALS_INVALID` when the current password is wrong, and with `OTP_INVALID` or `OTP_EXPIRED`.",
    args: {
      input: t.arg({ type: ChangePasswordInput, required: true, description: "The new password and the proof." }),
    },
    resolve: (_root, { input }, { app, viewer, device }) => changePassword(app, viewer, input, device),
  }),
);
