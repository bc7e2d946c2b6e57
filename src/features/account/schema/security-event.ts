import { builder } from "../../../graphql/builder.ts";

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

export const SecurityEventType = builder.prismaObject("SecurityEvent", {
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
