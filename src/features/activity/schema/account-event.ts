import { builder } from "../../../graphql/builder.ts";
import type { ChangedRoom, DeliveredEvent } from "../read-account-event.ts";

const AccountSnapshot = builder.objectRef<DeliveredEvent>("AccountSnapshot").implement({
  description:
    "The first event for a reader without a usable position: read all of the account and of its rooms that you show.",
});

const UsageChanged = builder.objectRef<DeliveredEvent>("UsageChanged").implement({
  description:
    "A message was charged or refunded, or tokens were counted. The end of the day makes no event: from `usage.resetsAt` on nothing is used.",
});

const PlanChanged = builder.objectRef<DeliveredEvent>("PlanChanged").implement({
  description: "The plan or the subscription has changed, and with it perhaps the limit of `usage`.",
});

const ProfileChanged = builder.objectRef<DeliveredEvent>("ProfileChanged").implement({
  description: "The profile has changed, and with the time zone perhaps the end of the day.",
});

const SessionOpened = builder.objectRef<DeliveredEvent>("SessionOpened").implement({
  description: "A device has signed in.",
  fields: (t) => ({
    sessionId: t.exposeID("subject", { description: "Identifies the session." }),
    session: t.prismaField({
      type: "Session",
      nullable: true,
      description: "The session; null when it has ended already.",
      resolve: (query, { userId, subject }, _args, { app }) =>
        app.db.session.findFirst({
          ...query,
          where: { id: subject, userId, revokedAt: null, expiresAt: { gt: app.clock.now() } },
        }),
    }),
  }),
});

const SessionRevoked = builder.objectRef<DeliveredEvent>("SessionRevoked").implement({
  description: "A session was ended. The device itself gets no event: its connections close with 4403.",
  fields: (t) => ({
    sessionId: t.exposeID("subject", { description: "Identifies the session." }),
  }),
});

const RoomChanged = builder.objectRef<ChangedRoom>("RoomChanged").implement({
  description:
    "A room was opened, restored or changed, or something in its conversation was: a message was sent, a reply has begun, waits or has ended, another branch is shown.",
  fields: (t) => ({
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as of now.",
      resolve: (_query, { room }) => room,
    }),
  }),
});

const RoomDeleted = builder.objectRef<DeliveredEvent>("RoomDeleted").implement({
  description: "A room was deleted. It may come twice; a room that is restored comes as `RoomChanged`.",
  fields: (t) => ({
    id: t.exposeID("subject", { description: "Identifies the room." }),
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

const types = [
  AccountSnapshot,
  UsageChanged,
  PlanChanged,
  ProfileChanged,
  SessionOpened,
  SessionRevoked,
  RoomChanged,
  RoomDeleted,
];

for (const type of types) {
  builder.objectField(type, "position", (t) =>
    t.string({
      description: "Your position after this event, for `accountChanged(after:)`; also in `extensions.position`.",
      resolve: ({ position }) => String(position),
    }),
  );
}

export const AccountEvent = builder.unionType("AccountEvent", {
  description: "A change of an account. Later releases may add kinds: ignore those that you do not know.",
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
      case "ROOM_CHANGED":
        return RoomChanged;
      case "ROOM_DELETED":
        return RoomDeleted;
    }
  },
});
