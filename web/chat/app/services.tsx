import type { ApolloClient } from "@apollo/client";
import { createContext, use, type ReactNode } from "react";
import { createConnection, type Connection } from "../../../packages/client/src/live/connection.ts";
import { createApollo } from "../connection/apollo.ts";
import { createRecentEvents, type RecentEvents } from "../connection/recent-events.ts";
import { createSession, type Session } from "../connection/session.ts";
import { logEvents, type EventLog } from "../development/event-log.ts";
import { serverFacts } from "./server-facts.ts";
import { createSocket, type Socket } from "../connection/socket.ts";

/** What the page is made of, built once. */
export type Services = Readonly<{
  session: Session;
  connection: Connection;
  socket: Socket;
  apollo: ApolloClient;
  recent: RecentEvents;
  /** In development alone: what came over the socket. */
  events: EventLog | null;
}>;

export function createServices(): Services {
  const session = createSession();
  const connection = createConnection(() => plain.terminate());
  const plain = createSocket({ session, connection });
  const { socket, log: events } = serverFacts.development ? logEvents(plain) : { socket: plain, log: null };
  const recent = createRecentEvents();
  const apollo = createApollo(session, recent);
  forgetOthers({ session, socket, apollo });
  return { session, connection, socket, apollo, recent, events };
}

/** Who signs in finds nothing of who was signed in before. */
function forgetOthers({ session, socket, apollo }: Pick<Services, "session" | "socket" | "apollo">): void {
  let last = userOf(session);
  session.subscribe(() => {
    const user = userOf(session);
    if (user === last) return;
    last = user;
    socket.terminate();
    void apollo.clearStore();
  });
}

function userOf(session: Session): string | null {
  const state = session.getState();
  return state.status === "signed-in" ? state.userId : null;
}

const ServicesContext = createContext<Services | null>(null);

export const ServicesProvider = ({ services, children }: { services: Services; children: ReactNode }) => (
  <ServicesContext value={services}>{children}</ServicesContext>
);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (!services) throw new Error("useServices must be used inside of ServicesProvider");
  return services;
}
