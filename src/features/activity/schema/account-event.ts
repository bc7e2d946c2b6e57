import { builder } from "../../../graphql/builder.ts";
import type { AccountFeedEvent } from "../account-log.ts";

const AccountSnapshot = builder.objectRef<AccountFeedEvent>("AccountSnapshot").implement({
  description:
    "Everything at once, for a reader that has no position to go on from: read all of the account that you show.",
});

const UsageChanged = builder.objectRef<AccountFeedEvent>("UsageChanged").implement({
  description:
    "Something was charged, given back, or counted. The day's end makes no event: from `usage.resetsAt` on nothing is used.",
});

const PlanChanged = builder.objectRef<AccountFeedEvent>("PlanChanged").implement({
  description: "The plan or the subscription is another one, and with it, perhaps, the limit of `usage`.",
});

const ProfileChanged = builder.objectRef<AccountFeedEvent>("ProfileChanged").implement({
  description: "What the person says of themselves is another, and with the time zone, perhaps, the end of the day.",
});

const SessionOpened = builder.objectRef<AccountFeedEvent>("SessionOpened").implement({
  description: "A device has signed in.",
  fields: (t) => ({
    sessionId: t.exposeID("subject", { description: "Identifies the session." }),
    session: t.prismaField({
      type: "Session",
      nullable: true,
      description: "The session; null when it is over by now.",
      resolve: (query, { userId, subject }, _args, { app }) =>
        app.db.session.findFirst({
          ...query,
          where: { id: subject, userId, revokedAt: null, expiresAt: { gt: app.clock.now() } },
        }),
    }),
  }),
});

const SessionRevoked = builder.objectRef<AccountFeedEvent>("SessionRevoked").implement({
  description: "A session was ended. The device itself is not told: its connections close with 4403.",
  fields: (t) => ({
    sessionId: t.exposeID("subject", { description: "Which session it was." }),
  }),
});

for (const type of [AccountSnapshot, UsageChanged, PlanChanged, ProfileChanged]) {
  builder.objectField(type, "user", (t) =>
    t.prismaField({
      type: "User",
      description: "The user as of now.",
      resolve: (query, { userId }, _args, { app }) =>
        app.db.user.findUniqueOrThrow({ ...query, where: { id: userId } }),
    }),
  );
}

const types = [AccountSnapshot, UsageChanged, PlanChanged, ProfileChanged, SessionOpened, SessionRevoked];

for (const type of types) {
  builder.objectField(type, "position", (t) =>
    t.string({
      description: "Where you stand after it, for `accountChanged(after:)`; `extensions.position` says it as well.",
      resolve: ({ position }) => String(position),
    }),
  );
}

export const AccountEvent = builder.unionType("AccountEvent", {
  description: "Something that happened to an account. More kinds may come: skip those that you do not know.",
  types,
  resolveType({ kind }) {
    switch (kind) {
      case "SNAPSHOT":
        return AccountSnapshot;
      case "USAGE_CHANGED":
        return UsageChanged;
      case "PLAN_CHANGED":
        return PlanChanged;
      case "PROFILE_CHANGED":
        return ProfileChanged;
      case "SESSION_OPENED":
        return SessionOpened;
      case "SESSION_REVOKED":
        return SessionRevoked;
    }
  },
});
