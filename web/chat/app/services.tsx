import type { ApolloClient } from "@apollo/client";
import { createContext, use, type ReactNode } from "react";
import { createApollo } from "../connection/apollo.ts";
import { createSession, type Session } from "../connection/session.ts";
import { createSocket, type Socket } from "../connection/socket.ts";

/** What the page is made of, built once. */
export type Services = Readonly<{ session: Session; socket: Socket; apollo: ApolloClient }>;

export function createServices(): Services {
  const session = createSession();
  const socket = createSocket(session);
  return { session, socket, apollo: createApollo({ session, socket }) };
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
