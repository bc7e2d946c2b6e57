import { builder } from "../../../graphql/builder.ts";
import { verifyOtp } from "../verify-otp.ts";
import { AuthPayload } from "./auth-payload.ts";

const VerifyOtpInput = builder.inputType("VerifyOtpInput", {
  description: "A one-time password as it was received.",
  fields: (t) => ({
    phone: t.string({ required: true, description: "The number the code was sent to." }),
    code: t.string({
      required: true,
      description: "The six digits, of any script, with or without blanks and hyphens between them.",
    }),
    name: t.string({
      description:
        "What to call the person: one line of at most 100 characters (Unicode code points). Only looked at when the number signs in for the first time.",
    }),
  }),
});

builder.mutationField("verifyOtp", (t) =>
  t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Signs in with a one-time password; a number's first time creates its user. Fails with `OTP_INVALID` or `OTP_EXPIRED`, and with `RATE_LIMITED` for an address that was wrong too often.",
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: "The number and its code." }) },
    resolve: (_root, { input }, { app, device }) => verifyOtp(app, input, device),
  }),
);
