import { builder } from "../../graphql/builder.ts";
import { resolvePage } from "../../graphql/resolve-page.ts";
import { deleteAccount } from "./delete-account.ts";
import { listSecurityEvents, securityEventCursor } from "./list-security-events.ts";
import { updateProfile } from "./update-profile.ts";

const SecurityEventKind = builder.enumType("SecurityEventKind", {
  description: "What can happen to an account.",
  values: {
    SIGNED_IN: { description: "Somebody signed in, with a code or a password." },
    SIGN_IN_FAILED: { description: "Somebody tried to, with a wrong code or password." },
    REFRESH_TOKEN_REUSED: {
      description:
        "A refresh token came again after it was spent, too late, from elsewhere or too often: two parties held it, and its session was ended.",
    },
    SESSION_REVOKED: { description: "One or more sessions were ended." },
    PASSWORD_CHANGED: { description: "A password was set, by somebody who was signed in." },
    PASSWORD_RESET: { description: "A password was set with a code." },
    ACCOUNT_DELETED: { description: "The account was deleted. That event names nobody, so nobody is shown it." },
  } as const,
});

const SecurityEvent = builder.prismaObject("SecurityEvent", {
  description: "Something that happened to an account and concerns its safety.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the event." }),
    kind: t.expose("kind", { type: SecurityEventKind, description: "What was done, or tried, with the account." }),
    userAgent: t.exposeString("userAgent", {
      nullable: true,
      description: "What the device called itself that did it, or tried to.",
    }),
    ip: t.exposeString("ip", { nullable: true, description: "The address it came from." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it happened." }),
  }),
});

const SecurityEventConnection = builder.connectionObject(
  { type: SecurityEvent, name: "SecurityEventConnection", description: "A page of security events." },
  { name: "SecurityEventEdge", description: "A security event and its place in the connection." },
);

builder.prismaObjectField("User", "securityEvents", (t) =>
  t.connection(
    {
      type: SecurityEvent,
      description: "What happened to the account in the last year, newest first; of failed sign-ins the last 100.",
      select: { id: true },
      resolve: ({ id }, args, { app }) =>
        resolvePage(args, securityEventCursor, (window) => listSecurityEvents(app, id, window)),
    },
    SecurityEventConnection,
  ),
);

builder.prismaObjectField("User", "timeZone", (t) =>
  t.exposeString("timeZone", {
    description: "Where the user's days end at midnight, as the IANA database names it; `UTC` if nothing was said.",
  }),
);

const UpdateProfileInput = builder.inputType("UpdateProfileInput", {
  description: "What to change; what is left out stays as it is.",
  fields: (t) => ({
    name: t.string({
      description:
        "What the person wants to be called: one line of at most 100 characters (Unicode code points); null takes it away.",
    }),
    timeZone: t.string({
      description:
        "Where the person's days end at midnight: a name of the IANA database, such as `Europe/Berlin`; null for UTC. The present day of the quota ends no earlier than it was to end before.",
    }),
  }),
});

const DeleteAccountInput = builder.inputType("DeleteAccountInput", {
  description: "Proof that it is the person who wants to leave: a code, or the password.",
  fields: (t) => ({
    code: t.string({ description: "The six digits of a one-time password for `SIGN_IN`." }),
    password: t.string({
      description:
        "The password, where there is no code. It must have been set more than a day ago: until then a code is needed.",
    }),
  }),
});

builder.mutationFields((t) => ({
  updateProfile: t.withAuth({ signedIn: true }).prismaField({
    type: "User",
    description: "Changes what the person has said of themselves.",
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: "What to change." }) },
    resolve: (_query, _root, { input }, { app, viewer }) => updateProfile(app, viewer.userId, input),
  }),
  deleteAccount: t.withAuth({ signedIn: true }).boolean({
    description:
      "Deletes the account with its rooms, messages and sessions at once and for ever, stops its replies and closes its connections. Fails with `OTP_INVALID`, `OTP_EXPIRED` or `CREDENTIALS_INVALID`, and with `BAD_USER_INPUT` for a missing proof: `field` is `code` also where the password is less than a day old.",
    args: { input: t.arg({ type: DeleteAccountInput, required: true, description: "A code, or the password." }) },
    resolve: (_root, { input }, { app, viewer, device }) => deleteAccount(app, viewer.userId, input, device),
  }),
}));
