import { builder } from "../../../graphql/builder.ts";

export const UserType = builder.prismaObject("User", {
  description: "A person who has signed in with a phone number.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the user." }),
    phone: t.exposeString("phone", { description: "The number signed in with, in E.164 form." }),
    name: t.exposeString("name", { nullable: true, description: "What the person wants to be called." }),
    createdAt: t.expose("createdAt", {
      type: "DateTime",
      description: "When the number signed in for the first time.",
    }),
    timeZone: t.exposeString("timeZone", {
      description: "The user's IANA time zone, at whose midnight the user's days end; `UTC` by default.",
    }),
    sessions: t.relation("sessions", {
      description: "The devices that are signed in, the one used last first; at most 50.",
      query: (_args, { app }) => ({
        where: { revokedAt: null, expiresAt: { gt: app.clock.now() } },
        orderBy: { lastUsedAt: "desc" },
        take: 50,
      }),
    }),
  }),
});
