import { builder } from "../../../graphql/builder.ts";
import { deleteAccount } from "../delete-account.ts";

const DeleteAccountInput = builder.inputType("DeleteAccountInput", {
  description: "Proof that the person wants to leave: a code, or the password.",
  fields: (t) => ({
    code: t.string({ description: "The six digits of a one-time password for `SIGN_IN`." }),
    password: t.string({
      description:
        "The password, without a code. It must have been set more than a day ago; until then a code is needed.",
    }),
  }),
});

builder.mutationField("deleteAccount", (t) =>
  t.withAuth({ signedIn: true }).boolean({
    description:
      "Deletes the account with its rooms, messages and sessions at once and permanently, stops its replies and closes its connections. Fails with `OTP_INVALID`, `OTP_EXPIRED` or `CREDENTIALS_INVALID`, and with `BAD_USER_INPUT` for a missing proof: `field` is `code` also when the password is less than a day old.",
    args: { input: t.arg({ type: DeleteAccountInput, required: true, description: "A code, or the password." }) },
    resolve: (_root, { input }, { app, viewer, device }) => deleteAccount(app, viewer.userId, input, device),
  }),
);
