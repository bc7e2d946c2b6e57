import { builder } from "../../../graphql/builder.ts";

const SecurityEventKind = builder.enumType("SecurityEventKind", {
  description: "What can happen to an account.",
  values: {
    SIGNED_IN: { description: "Somebody signed in, with a code or a password." },
    SIGN_IN_FAILED: { description: "Somebody tried to sign in with a wrong code or password." },
    REFRESH_TOKEN_REUSED: {
      description:
        "A spent refresh token came again, too late, from elsewhere or too often: two parties held it, and its session was ended.",
    },
    SESSION_REVOKED: { description: "One or more sessions were ended." },
    PASSWORD_CHANGED: { description: "A signed-in user set a password." },
    PASSWORD_RESET: { description: "A password was set with a code." },
    ACCOUNT_DELETED: { description: "The account was deleted. The event names no user, so it is shown to no one." },
  } as const,
});

export const SecurityEventType = builder.prismaObject("SecurityEvent", {
  description: "An event that concerns the safety of an account.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the event." }),
    kind: t.expose("kind", { type: SecurityEventKind, description: "The kind of event." }),
    userAgent: t.exposeString("userAgent", {
      nullable: true,
      description: "The device's own name, its user agent.",
    }),
    ip: t.exposeString("ip", { nullable: true, description: "The address of the device." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it happened." }),
  }),
});
