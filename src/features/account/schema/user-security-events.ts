import { builder } from "../../../graphql/builder.ts";
import { resolvePage } from "../../../graphql/resolve-page.ts";
import { listSecurityEvents, securityEventCursor } from "../list-security-events.ts";
import { SecurityEventType } from "./security-event.ts";

const SecurityEventConnection = builder.connectionObject(
  { type: SecurityEventType, name: "SecurityEventConnection", description: "A page of security events." },
  { name: "SecurityEventEdge", description: "A security event and its cursor." },
);

builder.prismaObjectField("User", "securityEvents", (t) =>
  t.connection(
    {
      type: SecurityEventType,
      description: "The account's security events of the last year, newest first; of failed sign-ins the last 100.",
      select: { id: true },
      resolve: ({ id }, args, { app }) =>
        resolvePage(args, securityEventCursor, (window) => listSecurityEvents(app, id, window)),
    },
    SecurityEventConnection,
  ),
);
