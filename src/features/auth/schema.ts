import { builder } from "../../graphql/builder.ts";
import { changePassword } from "./change-password.ts";
import { sendOtp, type OtpChallenge as Challenge } from "./send-otp.ts";
import type { SignedIn } from "./open-session.ts";
import { refreshSession } from "./refresh-session.ts";
import { resetPassword } from "./reset-password.ts";
import { revokeSession, revokeSessions } from "./revoke-sessions.ts";
import { signIn } from "./sign-in.ts";
import { verifyOtp } from "./verify-otp.ts";

const User = builder.prismaObject("User", {
  description: "A person who has signed in with a phone number.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the user." }),
    phone: t.exposeString("phone", { description: "The number signed in with, in E.164 form." }),
    name: t.exposeString("name", { nullable: true, description: "What the person wants to be called." }),
    createdAt: t.expose("createdAt", {
      type: "DateTime",
      description: "When the number signed in for the first time.",
    }),
  }),
});

const Session = builder.prismaObject("Session", {
  description: "One signed-in device.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the session; also the `sid` of its access tokens." }),
    userAgent: t.exposeString("userAgent", {
      nullable: true,
      description: "What the device called itself when it last signed in or refreshed its tokens.",
    }),
    ip: t.exposeString("ip", {
      nullable: true,
      description: "The address it last signed in or refreshed its tokens from.",
    }),
    isCurrent: t.boolean({
      description: "Whether this request came with one of its access tokens.",
      select: { id: true },
      resolve: ({ id }, _args, { viewer }) => id === viewer?.sessionId,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the device signed in." }),
    lastUsedAt: t.expose("lastUsedAt", {
      type: "DateTime",
      description: "When it last signed in or refreshed its tokens.",
    }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      description: "When the refresh token expires unless it is used.",
    }),
  }),
});

const OtpPurpose = builder.enumType("OtpPurpose", {
  description: "What a one-time password is good for; a code for one purpose does not serve another.",
  values: {
    SIGN_IN: { description: "Signing in, or up, with `verifyOtp`; and `deleteAccount`." },
    RESET_PASSWORD: {
      description: "Setting a new password, with `resetPassword`, or a first one with `changePassword`.",
    },
  } as const,
});

const SendOtpInput = builder.inputType("SendOtpInput", {
  description: "Whom to send a one-time password.",
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

const SignInInput = builder.inputType("SignInInput", {
  description: "A number and its password.",
  fields: (t) => ({
    phone: t.string({ required: true, description: "The number that the person signed up with." }),
    password: t.string({ required: true, description: "The password as it was set." }),
  }),
});

const NEW_PASSWORD =
  "The password to set: 8 to 128 characters, whichever they are, but none of the passwords that are tried first.";

const ChangePasswordInput = builder.inputType("ChangePasswordInput", {
  description: "A new password, and the proof that it is the person who wants it.",
  fields: (t) => ({
    currentPassword: t.string({ description: "Must be given where a password is set." }),
    code: t.string({
      description:
        "The six digits of a one-time password for `RESET_PASSWORD`. Must be given for a first password, unless this session signed in within the last 10 minutes.",
    }),
    newPassword: t.string({ required: true, description: NEW_PASSWORD }),
  }),
});

const ResetPasswordInput = builder.inputType("ResetPasswordInput", {
  description: "A new password, and the one-time password that allows to set it.",
  fields: (t) => ({
    phone: t.string({ required: true, description: "The number the code was sent to." }),
    code: t.string({ required: true, description: "The six digits, sent for `RESET_PASSWORD`." }),
    newPassword: t.string({ required: true, description: NEW_PASSWORD }),
  }),
});

const OtpChallenge = builder.objectRef<Challenge>("OtpChallenge").implement({
  description: "A one-time password is on its way. The answer is the same for known and unknown numbers.",
  fields: (t) => ({
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "When the code stops working." }),
    resendAt: t.expose("resendAt", { type: "DateTime", description: "When another code can be asked for." }),
    code: t.exposeString("code", {
      nullable: true,
      description: "The code itself, only with the setting `OTP_DELIVERY=response`, which production refuses.",
    }),
  }),
});

const AuthPayload = builder.objectRef<SignedIn>("AuthPayload").implement({
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
    session: t.expose("session", { type: Session, description: "The session these tokens belong to." }),
    user: t.expose("user", { type: User, description: "Who signed in." }),
  }),
});

builder.queryField("me", (t) =>
  t.prismaField({
    type: "User",
    nullable: true,
    description: "The signed-in user; null without a valid access token.",
    authScopes: { public: true },
    resolve: (query, _root, _args, { app, viewer }) =>
      viewer && app.db.user.findUnique({ ...query, where: { id: viewer.userId } }),
  }),
);

builder.prismaObjectField(User, "sessions", (t) =>
  t.relation("sessions", {
    description: "The devices that are signed in, the one used last first; at most 50.",
    query: (_args, { app }) => ({
      where: { revokedAt: null, expiresAt: { gt: app.clock.now() } },
      orderBy: { lastUsedAt: "desc" },
      take: 50,
    }),
  }),
);

builder.mutationFields((t) => ({
  signOut: t.withAuth({ signedIn: true }).boolean({
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
  revokeSession: t.withAuth({ signedIn: true }).boolean({
    description: "Signs one of the user's devices out. Fails with `NOT_FOUND` for anybody else's session.",
    args: { id: t.arg.id({ required: true, description: "The session to end." }) },
    resolve: (_root, { id }, { app, viewer, device }) => revokeSession(app, viewer.userId, id, device),
  }),
  refreshSession: t.field({
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
  sendOtp: t.field({
    type: OtpChallenge,
    authScopes: { public: true },
    description:
      "Sends a one-time password to a phone. Codes work once, for 5 minutes and 5 tries, and a new one voids the old one. Fails with `RATE_LIMITED` within 30 seconds of the last, and when too many were sent to the number, its range or its country, for the address that asks, or in all; with `BAD_USER_INPUT` for a number that is neither a mobile nor another ordinary one, or of a country that is not served.",
    args: { input: t.arg({ type: SendOtpInput, required: true, description: "The number and the purpose." }) },
    resolve: (_root, { input }, { app, device }) => sendOtp(app, input, device.ip),
  }),
  verifyOtp: t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Signs in with a one-time password; a number's first time creates its user. Fails with `OTP_INVALID` or `OTP_EXPIRED`, and with `RATE_LIMITED` for an address that was wrong too often.",
    args: { input: t.arg({ type: VerifyOtpInput, required: true, description: "The number and its code." }) },
    resolve: (_root, { input }, { app, device }) => verifyOtp(app, input, device),
  }),
  signIn: t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Signs in with a password. Fails with `CREDENTIALS_INVALID`, whether the number is unknown, has no password or another one, and with `RATE_LIMITED` after too many wrong ones; signing in with a code stays open then.",
    args: { input: t.arg({ type: SignInInput, required: true, description: "The number and its password." }) },
    resolve: (_root, { input }, { app, device }) => signIn(app, input, device),
  }),
  changePassword: t.withAuth({ signedIn: true }).boolean({
    description:
      "Sets a password beside one-time passwords, or another one, and ends all other sessions of the user. The proof is the current password; for the first one, a code, or that this session signed in within the last 10 minutes. Fails with `BAD_USER_INPUT` whose `field` names the proof that is missing, with `CREDENTIALS_INVALID` when the current password is wrong, and with `OTP_INVALID` or `OTP_EXPIRED`.",
    args: {
      input: t.arg({ type: ChangePasswordInput, required: true, description: "The new password and the proof." }),
    },
    resolve: (_root, { input }, { app, viewer, device }) => changePassword(app, viewer, input, device),
  }),
  resetPassword: t.field({
    type: AuthPayload,
    authScopes: { public: true },
    description:
      "Sets a password with a one-time password for `RESET_PASSWORD`, ends all of the user's sessions and begins a new one. Fails with `OTP_INVALID` or `OTP_EXPIRED`, and with `NOT_FOUND` for whoever has the number but no account.",
    args: { input: t.arg({ type: ResetPasswordInput, required: true, description: "The code and the new password." }) },
    resolve: (_root, { input }, { app, device }) => resetPassword(app, input, device),
  }),
}));
