import { builder } from "../../../graphql/builder.ts";
import { sendOtp, type OtpChallenge as Challenge } from "../send-otp.ts";

const OtpPurpose = builder.enumType("OtpPurpose", {
  description: "The purpose of a one-time password; a code serves no other purpose.",
  values: {
    SIGN_IN: { description: "Signing in, or up, with `verifyOtp`; and `deleteAccount`." },
    RESET_PASSWORD: {
      description: "Setting a new password, with `resetPassword`, or a first one with `changePassword`.",
    },
  } as const,
});

const SendOtpInput = builder.inputType("SendOtpInput", {
  description: "The recipient and purpose of a one-time password.",
  fields: (t) => ({
    phone: t.string({
      required: true,
      description:
        "A phone number in international form, such as +1 202 555 0143, in the digits of any script: mobile, fixed line or VoIP.",
    }),
    purpose: t.field({
      type: OtpPurpose,
      required: true,
      defaultValue: "SIGN_IN",
      description: "What the code will be used for.",
    }),
  }),
});

const OtpChallenge = builder.objectRef<Challenge>("OtpChallenge").implement({
  description: "A one-time password is on its way. The answer is the same for known and unknown numbers.",
  fields: (t) => ({
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "When the code stops working." }),
    resendAt: t.expose("resendAt", { type: "DateTime", description: "When another code can be requested." }),
    code: t.exposeString("code", {
      nullable: true,
      description: "The code itself, only with the setting `OTP_DELIVERY=response`, which production refuses.",
    }),
  }),
});

builder.mutationField("sendOtp", (t) =>
  t.field({
    type: OtpChallenge,
    authScopes: { public: true },
    description:
      "Sends a one-time password to a phone. Codes work once, for 5 minutes and 5 tries, and a new one voids the old one. Fails with `RATE_LIMITED` within 30 seconds of the last, and when too many were sent to the number, its range or its country, for the requesting address, or in total; with `BAD_USER_INPUT` for a number that is not an ordinary one, or of a country that is not served.",
    args: { input: t.arg({ type: SendOtpInput, required: true, description: "The number and the purpose." }) },
    resolve: (_root, { input }, { app, device }) => sendOtp(app, input, device.ip),
  }),
);
